import CLinux
import Glibc

/// One end of a control socket: sends and receives whole messages with their descriptors.
///
/// Holds no state but the descriptor, which its owner closes. Never blocks.
public struct ControlSocket: Sendable {
    /// The socket.
    public let descriptor: Int32
    /// The greatest packet that is taken, bytes.
    private static let packetMax = 4096

    /// Wraps a connected socket.
    public init(descriptor: Int32) { self.descriptor = descriptor }

    /// How a send ended.
    public enum Sent: Equatable, Sendable {
        case sent
        /// The peer reads too slowly; the message was not sent.
        case full
        /// The peer is gone, or the socket is broken (errno).
        case gone(Int32)
    }

    /// Sends one message with at most 8 descriptors, which stay the caller's.
    public func send(_ message: ControlMessage, descriptors: [Int32] = []) -> Sent {
        let bytes = ControlCoding.encode(message)
        let n = route_send_message(descriptor, bytes, bytes.count, descriptors, descriptors.count)
        if n == bytes.count { return .sent }
        if n < 0, errno == EAGAIN || errno == ENOBUFS { return .full }
        return .gone(n < 0 ? errno : EIO)
    }

    /// What a receive brought.
    public enum Received: Equatable, Sendable {
        /// A message; its descriptors are the receiver's to close.
        case message(ControlMessage, descriptors: [Int32])
        /// A packet that is no message of this version; its descriptors are closed.
        case refused(DecodingFailure)
        /// Nothing waits.
        case nothing
        /// The peer is gone, or the socket is broken (errno; 0: end of file).
        case gone(Int32)
    }

    /// Receives one message.
    public func receive() -> Received {
        var passed: [Int32] = Array(repeating: -1, count: 8)
        var passedCount = 0
        var truncated: Int32 = 0
        return withUnsafeTemporaryAllocation(byteCount: Self.packetMax, alignment: 8) { buffer in
            guard let base = buffer.baseAddress else { return .nothing }
            let n = route_receive_message(
                descriptor, base, buffer.count, &passed, &passedCount, &truncated)
            if n < 0 { return errno == EAGAIN ? .nothing : .gone(errno) }
            let descriptors = Array(passed.prefix(passedCount))
            if n == 0, descriptors.isEmpty { return .gone(0) }
            guard truncated == 0 else { return .refused(.truncated) }
            let packet = UnsafeRawBufferPointer(start: base, count: n)
            do throws(DecodingFailure) {
                guard let (message, size) = try ControlCoding.next(in: packet), size == n else {
                    throw .truncated
                }
                return .message(message, descriptors: descriptors)
            } catch {
                for fd in descriptors { close(fd) }
                return .refused(error)
            }
        }
    }
}
