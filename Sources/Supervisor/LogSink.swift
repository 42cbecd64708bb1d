import Glibc

/// The one way out for every line that this process logs, its own and its children's.
///
/// Never waits for who reads standard error: what it does not take is held up to a limit, then
/// dropped and counted. Text is scrubbed in `write`, and nowhere else, before it is held.
struct LogSink {
    /// The most that is held for a reader that does not read, bytes.
    static let heldMax = 256 * 1024
    /// A pipe that polls writable takes so much without blocking (PIPE_BUF).
    private static let pieceMax = 4096

    private let descriptor: Int32
    private var held: [UInt8] = []
    private(set) var dropped: UInt64 = 0

    /// Writes to this descriptor, which stays the caller's.
    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Something waits for the descriptor to become writable.
    var isHolding: Bool { !held.isEmpty }

    /// Logs one line.
    ///
    /// - Parameter source: who says it; stands before the text.
    mutating func write(_ source: String, _ text: String) {
        let line = "\(source): \(text)\n"
        guard held.count &+ line.utf8.count <= Self.heldMax else {
            dropped &+= 1
            return
        }
        if dropped > 0, held.isEmpty { noteDropped() }
        held.append(contentsOf: line.utf8)
        flush()
    }

    /// Writes as much of what is held as the descriptor takes now.
    mutating func flush() {
        var rest = held[...]
        while !rest.isEmpty {
            let written = writeNow(rest.prefix(Self.pieceMax))
            guard written > 0 else { break }
            rest = rest.dropFirst(written)
        }
        if rest.count != held.count { held = Array(rest) }
        if held.isEmpty, dropped > 0 {
            noteDropped()
            flush()
        }
    }

    /// Waits for the reader, but not for long: used once, before the process ends.
    mutating func finish(milliseconds: Int32) {
        let deadline = Moment.now().after(UInt64(max(0, milliseconds)))
        flush()
        while isHolding, Moment.now() < deadline {
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&entry, 1, 50)
            flush()
        }
    }

    private mutating func noteDropped() {
        let lines = dropped == 1 ? "line was" : "lines were"
        held.append(
            contentsOf: "supervisor: \(dropped) log \(lines) dropped: standard error was full\n"
                .utf8)
        dropped = 0
    }

    /// Bytes that were taken; 0 when the descriptor would block. Its end takes everything.
    private func writeNow(_ piece: ArraySlice<UInt8>) -> Int {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&entry, 1, 0) > 0 else { return 0 }
        let n = piece.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if n >= 0 { return n }
        return errno == EAGAIN || errno == EINTR ? 0 : piece.count
    }
}
