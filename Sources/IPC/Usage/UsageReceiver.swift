import CLinux
import Glibc

/// The accountant's end of a usage channel: peek everything that waits, let the ledger commit it, only
/// then consume it. A crash anywhere between costs nothing: the kernel still holds the bytes, and the
/// records are cumulative, so applying them again changes nothing.
public struct UsageReceiver {
    private let descriptor: Int32
    /// Bytes of the last peek that whole frames covered; consumed once the commit is on disk.
    private var peeked = 0
    private var buffer: [UInt8]

    /// - Parameters:
    ///   - descriptor: the channel's receiving end, which stays the caller's.
    ///   - capacity: bytes that one peek can take: the most that one commit covers.
    public init(descriptor: Int32, capacity: Int = 4 * 1024 * 1024) {
        self.descriptor = descriptor
        buffer = Array(repeating: 0, count: max(capacity, 2 * Int(Frame.lengthMax)))
    }

    /// What waits in a channel.
    public enum Batch: Equatable, Sendable {
        /// Records to apply, in order; `refused` are frames that this build cannot read.
        case records([UsageRecord], refused: [DecodingFailure])
        /// Nothing that is whole waits.
        case nothing
        /// Every sending end is closed and every whole frame was consumed. A frame cut short by its
        /// sender's death is dropped: records are cumulative and the counters cover it.
        case ended
        /// The length word is impossible: no frame behind it can be found. The bytes are kept.
        case corrupt(DecodingFailure)
        /// The socket is broken (errno).
        case failed(Int32)
    }

    /// Reads all that waits without consuming it. Call `consume()` before the next peek.
    public mutating func peek() -> Batch {
        let batch = look()
        guard batch == .nothing, hasEnded() else { return batch }
        // The sender may have written the rest and died since the look: only what waits now is all.
        let last = look()
        return last == .nothing ? .ended : last
    }

    private mutating func look() -> Batch {
        peeked = 0
        let n = buffer.withUnsafeMutableBytes { space in
            space.baseAddress.map { route_peek(descriptor, $0, space.count) } ?? 0
        }
        if n == 0 { return .ended }
        if n < 0 { return errno == EAGAIN ? .nothing : .failed(errno) }
        let (records, refused, used, failure) = buffer.withUnsafeBytes { bytes in
            Self.decode(UnsafeRawBufferPointer(rebasing: bytes.prefix(n)))
        }
        peeked = used
        if used > 0 { return .records(records, refused: refused) }
        if let failure { return .corrupt(failure) }
        return .nothing
    }

    /// All whole frames, the bytes that they take, and what is wrong with the one behind them, if anything.
    private static func decode(
        _ bytes: UnsafeRawBufferPointer
    ) -> ([UsageRecord], refused: [DecodingFailure], used: Int, DecodingFailure?) {
        var records: [UsageRecord] = []
        var refused: [DecodingFailure] = []
        var used = 0
        while used < bytes.count {
            do throws(DecodingFailure) {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
                switch try UsageCoding.next(in: rest) {
                case .record(let record, let size):
                    records.append(record)
                    used &+= size
                case .refused(let failure, let size):
                    refused.append(failure)
                    used &+= size
                case .incomplete:
                    return (records, refused, used, nil)
                }
            } catch {
                return (records, refused, used, error)
            }
        }
        return (records, refused, used, nil)
    }

    /// Takes what the last peek returned off the channel, after the ledger has it on disk.
    ///
    /// - Returns: false when the socket did not give back what it had shown (it is then broken).
    public mutating func consume() -> Bool {
        while peeked > 0 {
            let n = buffer.withUnsafeMutableBytes { space in
                space.baseAddress.map { route_consume(descriptor, $0, peeked) } ?? 0
            }
            guard n > 0 else { return false }
            peeked &-= n
        }
        return true
    }

    /// Whether no sender remains.
    private func hasEnded() -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 0) == 1 else { return false }
        return Int32(entry.revents) & Int32(POLLHUP) != 0
    }
}
