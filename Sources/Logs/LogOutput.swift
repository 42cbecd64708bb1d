import CLinux
import Glibc
import Redaction
import Synchronization

/// Where the lines of a process go: through the redactor, then to a descriptor. It never blocks for longer
/// than it was told to: what nobody reads is dropped, and counted.
public final class LogOutput: Sendable {
    private let descriptor: Int32
    private let patience: Int32
    private let known: KnownSecrets?
    private let dropped = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - descriptor: a socket, pipe, file or terminal, which stays the caller's.
    ///   - patience: how long a full pipe is waited for, milliseconds; 0 for an event loop.
    ///   - known: secrets that are recognised by their value, besides those that have a known shape.
    public init(descriptor: Int32, patience: Int32, known: KnownSecrets? = nil) {
        self.descriptor = descriptor
        self.patience = patience
        self.known = known
    }

    /// Lines that were dropped so far.
    public var linesDropped: UInt64 { dropped.load(ordering: .relaxed) }

    /// Writes one line.
    public func write(_ line: LogLine) {
        var bytes = Redactor.redact(line.bytes, known: known)
        bytes.append(UInt8(ascii: "\n"))
        if !emit(bytes) { dropped.wrappingAdd(1, ordering: .relaxed) }
    }

    /// False where not all of it could be written; a line is cut rather than waited for.
    private func emit(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return true }
            var offset = 0
            while offset < bytes.count {
                var sent = route_send(descriptor, base + offset, bytes.count &- offset)
                if sent < 0, errno == ENOTSOCK {
                    sent = Glibc.write(descriptor, base + offset, bytes.count &- offset)
                }
                if sent > 0 {
                    offset &+= sent
                } else if errno == EAGAIN {
                    var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    guard patience > 0, poll(&room, 1, patience) > 0 else { return false }
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}
