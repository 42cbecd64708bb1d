import CLinux
import NIOCore

// What an exchange writes to, and what the client's kernel says of it.
extension ClientConnection {
    func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        bytesWritten &+= UInt64(bytes.readableBytes)
        context.write(wrapOutboundOut(bytes), promise: nil)
    }

    func flush() { context?.flush() }

    /// Little enough waits for the client's socket that more may be written.
    var isWritable: Bool { context?.channel.isWritable ?? true }

    /// Bytes that the kernel has not taken yet; nil where the connection is gone.
    var bytesBuffered: Int? {
        guard let channel = context?.channel, channel.isActive else { return nil }
        return try? channel.syncOptions?.getOption(.bufferedWritableBytes)
    }

    /// Calls the closure once all that was written until now is in the kernel's hands; never where
    /// the connection ends before.
    func whenFlushed(_ body: @escaping () -> Void) {
        guard let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { body() }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
    }

    /// Whether the client's acknowledgements can be read.
    var tellsAcknowledged: Bool { tap >= 0 }

    /// Bytes of all answers that the client's kernel has acknowledged; also after its connection ended.
    var bytesAcknowledged: UInt64? {
        var acknowledged: UInt64 = 0
        guard tap >= 0, route_tcp_bytes_acked(tap, &acknowledged) == 0 else { return nil }
        return acknowledged &- min(acknowledged, acknowledgedAtStart)
    }
}
