import Glibc
import IPC
import Redaction

/// The one way out for everything that this process logs, its own and its children's: to the journal
/// where standard error is connected to it, as lines elsewhere.
///
/// Never waits for who reads: what is not taken is held up to a limit, then dropped and counted. Text
/// is redacted in `write`, and nowhere later, before it is held.
struct LogSink {
    /// A pipe that polls writable takes so much without blocking (PIPE_BUF).
    private static let pieceMax = 4096

    private let descriptor: Int32
    private var journal: JournalSender?
    /// The level matters where the journal reads the descriptor; nobody else is to see it.
    private let isLevelWritten: Bool
    private var filter: any StreamFilter
    private let clock: Clock
    private var queue = LogQueue()
    /// What is left of a line whose begin was written.
    private var rest: [UInt8] = []

    /// Writes to this descriptor, which stays the caller's, or to the journal.
    init(
        descriptor: Int32, journal: JournalSender? = nil,
        filter: any StreamFilter = OutputFilter.make(), clock: Clock = .system
    ) {
        self.descriptor = descriptor
        self.journal = journal
        isLevelWritten = journal != nil
        self.filter = filter
        self.clock = clock
    }

    /// Secrets that are recognised by their value from now on.
    mutating func use(_ known: KnownSecrets?) { filter = OutputFilter.make(known) }

    /// Something waits to be taken.
    var isHolding: Bool { !rest.isEmpty || !queue.isEmpty }

    /// The descriptor tells when it can take more; journald does not.
    var isWaitingForDescriptor: Bool { journal == nil && isHolding }

    /// Lines that were lost and not yet spoken of.
    var dropped: UInt64 { queue.dropped }

    /// Logs one line.
    ///
    /// - Parameter source: who says it; stands before the text.
    mutating func write(_ source: String, _ text: String) {
        write(LogEntry(source: source, text: text))
    }

    /// Logs one entry.
    mutating func write(_ entry: LogEntry) {
        var entry = entry
        entry.text = redacted(entry.text)
        for index in entry.fields.indices {
            entry.fields[index].value = redacted(entry.fields[index].value)
        }
        if !isHolding { addNotice() }
        queue.add(entry)
        flush()
    }

    /// Hands on as much of what is held as is taken now.
    mutating func flush() {
        while isHolding {
            var taken = 0
            for entry in queue.entries {
                guard writeRest(), send(entry) else { break }
                taken = taken &+ 1
            }
            queue.removeFirst(taken)
            guard writeRest(), queue.isEmpty else { return }
            addNotice()
        }
    }

    /// Waits for the reader, but not for long: used once, before the process ends.
    mutating func finish(milliseconds: UInt64) {
        wait(milliseconds: milliseconds)
        guard journal != nil else { return }
        // What journald did not take in time may find room on the way that lines go.
        journal = nil
        wait(milliseconds: milliseconds)
    }

    private mutating func wait(milliseconds: UInt64) {
        let deadline = clock.now.after(milliseconds)
        flush()
        while isHolding, clock.now < deadline {
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&entry, isWaitingForDescriptor ? 1 : 0, 50)
            flush()
        }
    }

    private mutating func addNotice() {
        if let notice = queue.takeNotice() { queue.add(notice) }
    }

    /// Whether the entry was taken, at least in part: the rest is then in `rest`.
    private mutating func send(_ entry: LogEntry) -> Bool {
        if let journal {
            switch journal.send(entry.journalFields) {
            case .sent: return true
            case .full: return false
            case .unavailable: break
            }
        }
        let level = isLevelWritten ? "<\(entry.priority.rawValue)>" : ""
        rest = Array("\(level)\(entry.line)\n".utf8)
        _ = writeRest()
        return true
    }

    /// Whether nothing is left of the line that was begun.
    private mutating func writeRest() -> Bool {
        var left = rest[...]
        while !left.isEmpty {
            let written = writeNow(left.prefix(Self.pieceMax))
            guard written > 0 else { break }
            left = left.dropFirst(written)
        }
        if left.count != rest.count { rest = Array(left) }
        return rest.isEmpty
    }

    /// Bytes that were taken; 0 when the descriptor would block. Its end takes everything.
    private func writeNow(_ piece: ArraySlice<UInt8>) -> Int {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&entry, 1, 0) > 0 else { return 0 }
        let n = piece.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if n >= 0 { return n }
        return errno == EAGAIN || errno == EINTR ? 0 : piece.count
    }

    private mutating func redacted(_ text: String) -> String {
        var clean: [UInt8] = []
        Array(text.utf8).withUnsafeBytes { bytes in
            filter.write(bytes) { clean.append(contentsOf: $0) }
        }
        filter.finish { clean.append(contentsOf: $0) }
        return String(decoding: clean, as: UTF8.self)
    }
}
