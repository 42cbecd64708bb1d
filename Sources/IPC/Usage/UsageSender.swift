import CLinux
import Glibc
import Redaction

/// The worker's end of a usage channel. Never blocks, never drops a stream's end: when the kernel's
/// queue is full, settled records wait here in order, and of each stream's progress the last one.
public struct UsageSender {
    private let descriptor: Int32
    private let known: KnownSecrets?
    /// Frames in the order in which they go out, encoded.
    private var queue: [UInt8] = []
    /// Bytes at the front of `queue` that the kernel has.
    private var sentPrefix = 0
    /// Bytes that the kernel has, of all frames ever.
    private var sentTotal: UInt64 = 0
    /// Settled records that are not wholly in the kernel's queue, oldest first.
    private var waiting: [Waiting] = []
    /// The last progress of each stream that moved while the channel was full.
    private var conflated: [UInt64: StreamProgress] = [:]
    private var released: [UInt32] = []
    /// Bytes that hardly a record has more of: its buffer is made once and does not grow.
    private static let recordSize = 512
    /// Bytes that one send offers the kernel: large enough to use its buffers well.
    private static let pieceMax = 32 * 1024
    /// Above this the queue's own memory is given back once it is empty.
    private static let keptCapacityMax = 256 * 1024

    private struct Waiting {
        let end: UInt64
        let slot: UInt32?
    }

    /// - Parameters:
    ///   - descriptor: the channel's sending end, non-blocking, which stays the caller's.
    ///   - known: secrets that no record may hold, whatever their shape.
    public init(descriptor: Int32, known: KnownSecrets? = nil) {
        self.descriptor = descriptor
        self.known = known
    }

    /// Where the channel stands after a flush.
    public enum Condition: Equatable, Sendable {
        /// The kernel has everything.
        case empty
        /// The kernel's queue is full; try again later.
        case full
        /// Nobody can ever read the channel (errno).
        case broken(Int32)
    }

    /// What became of an `opened` record.
    public enum Admission: Equatable, Sendable {
        /// It is in the kernel's queue: the provider may be dialled.
        case queued
        /// No byte of it went out and none will: there is nothing to settle.
        case refused
        /// Its first bytes went out, so all of it will: the stream must be settled, and not dialled.
        case cut
    }

    /// Settled records that the kernel does not have yet.
    public var settledWaiting: Int { waiting.count }

    /// Bytes that wait here.
    public var bytesWaiting: Int { queue.count &- sentPrefix }

    /// Sends the records now, with one system call for all where they fit.
    ///
    /// - Returns: one answer for each record, in their order.
    public mutating func open(_ records: [StreamOpened]) -> [Admission] {
        guard flush() == .empty else { return records.map { _ in .refused } }
        var writer = ByteWriter(known: known)
        var ends: [Int] = []
        for record in records {
            UsageCoding.encode(.opened(record), into: &writer)
            ends.append(writer.bytes.count)
        }
        let sentBefore = sentTotal
        queue = writer.bytes
        _ = flush()
        let sent = Int(sentTotal &- sentBefore)
        var start = 0
        var keptEnd = 0
        let answers = ends.map { end -> Admission in
            defer { start = end }
            if end <= sent {
                keptEnd = end
                return .queued
            }
            if start < sent {
                keptEnd = end
                return .cut
            }
            return .refused
        }
        let surplus = (ends.last ?? 0) &- keptEnd
        if surplus > 0 { queue.removeLast(min(surplus, queue.count)) }
        return answers
    }

    /// Takes the beginning of a stream for which nothing is dialled; sent with the next flush.
    public mutating func note(_ opened: StreamOpened) { append(.opened(opened)) }

    /// Takes where a stream stands; sent with the next flush, or replaced by a later one until then.
    public mutating func report(_ progress: StreamProgress) {
        if bytesWaiting > Self.pieceMax {
            conflated[progress.stream] = progress
        } else {
            append(.progress(progress))
        }
    }

    /// Takes a stream's end; it is kept until the kernel has it.
    ///
    /// - Parameter slot: the stream's slot in the counters, named by `takeReleasedSlots` once the
    ///   record is in the kernel's queue.
    public mutating func settle(_ record: StreamSettled, slot: UInt32?) {
        conflated[record.stream] = nil
        append(.settled(record))
        waiting.append(Waiting(end: sentTotal &+ UInt64(bytesWaiting), slot: slot))
    }

    /// Takes what came to be known after a stream's end; it is kept until the kernel has it.
    public mutating func amend(_ record: StreamAmended) {
        append(.amended(record))
        waiting.append(Waiting(end: sentTotal &+ UInt64(bytesWaiting), slot: nil))
    }

    /// Hands the kernel as much as it takes.
    public mutating func flush() -> Condition {
        while true {
            let condition = send()
            guard condition == .empty, !conflated.isEmpty else { return condition }
            var writer = ByteWriter(known: known)
            for progress in conflated.values {
                UsageCoding.encode(.progress(progress), into: &writer)
            }
            conflated.removeAll()
            queue = writer.bytes
        }
    }

    /// The slots whose streams' settled records have reached the kernel since the last call.
    public mutating func takeReleasedSlots() -> [UInt32] {
        defer { released.removeAll(keepingCapacity: true) }
        return released
    }

    private mutating func append(_ record: UsageRecord) {
        var writer = ByteWriter(known: known, capacity: Self.recordSize)
        UsageCoding.encode(record, into: &writer)
        queue.append(contentsOf: writer.bytes)
    }

    private mutating func send() -> Condition {
        var condition = Condition.empty
        sending: while bytesWaiting > 0 {
            let sent = queue.withUnsafeBytes { bytes in
                let piece = bytes.dropFirst(sentPrefix).prefix(Self.pieceMax)
                let rest = UnsafeRawBufferPointer(rebasing: piece)
                return rest.baseAddress.map { route_send(descriptor, $0, rest.count) } ?? 0
            }
            if sent > 0 {
                sentPrefix &+= sent
                sentTotal &+= UInt64(sent)
                continue
            }
            switch sent < 0 ? errno : EAGAIN {
            case EINTR: continue
            case EAGAIN, ENOBUFS, ENOMEM:
                condition = .full
                break sending
            case let reason:
                condition = .broken(reason)
                break sending
            }
        }
        compact()
        releaseSent()
        return condition
    }

    private mutating func compact() {
        if bytesWaiting == 0 {
            queue.removeAll(keepingCapacity: queue.capacity <= Self.keptCapacityMax)
            sentPrefix = 0
        } else if sentPrefix > Self.keptCapacityMax, sentPrefix > queue.count / 2 {
            queue.removeFirst(sentPrefix)
            sentPrefix = 0
        }
    }

    private mutating func releaseSent() {
        let done = waiting.prefix { $0.end <= sentTotal }
        guard !done.isEmpty else { return }
        for entry in done {
            if let slot = entry.slot { released.append(slot) }
        }
        waiting.removeFirst(done.count)
    }
}
