import CLinux
import NIOCore

// What an exchange writes to, and what the client's kernel says of it.
extension ClientConnection {
    func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        bytesWritten &+= UInt64(bytes.readableBytes)
        if stage(bytes) { return }
        meter?.offsets.wrote(bytes.readableBytes)
        context.write(wrapOutboundOut(bytes), promise: nil)
    }

    /// Calls the closure once the kernel has the bytes; never where the connection ends before.
    func write(_ bytes: ByteBuffer, whenFlushed body: @escaping () -> Void) {
        guard let context else { return }
        passStaged()
        bytesWritten &+= UInt64(bytes.readableBytes)
        meter?.offsets.wrote(bytes.readableBytes)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { body() }
        context.write(wrapOutboundOut(bytes), promise: promise)
    }

    func flush() {
        guard let meter else {
            if staged != nil { sendStaged() } else { context?.flush() }
            return
        }
        meter.offsets.flushing()
        context?.flush()
        guard meter.offsets.isFull else { return }
        // Without acknowledgements nobody asks for what the kernel has taken.
        if let acknowledged = ciphertextAcknowledged {
            meter.offsets.forget(within: acknowledged)
        } else if let buffered = ciphertextBuffered {
            meter.offsets.forget(leaving: buffered)
        }
    }

    /// Little enough waits for the client's socket that more may be written.
    var isWritable: Bool { context?.channel.isWritable ?? true }

    /// Bytes of what was written that the kernel has not taken yet; nil where the connection is gone.
    /// With TLS, of a record that it has taken in part the kernel has nothing.
    var bytesBuffered: Int? {
        guard isChannelInUse else {
            return isActive ? staged?.readableBytes ?? 0 : nil
        }
        guard let buffered = ciphertextBuffered else { return nil }
        guard let meter else {
            // The socket is next in line again, unless it cannot be written to past the channel.
            if buffered == 0, tap >= 0 { isChannelInUse = false }
            return buffered
        }
        return Int(bytesWritten &- meter.offsets.plaintext(leaving: buffered))
    }

    private var ciphertextBuffered: Int? {
        guard let channel = context?.channel, channel.isActive else { return nil }
        return try? channel.syncOptions?.getOption(.bufferedWritableBytes)
    }

    /// Calls the closure once all that was written until now is in the kernel's hands; never where
    /// the connection ends before.
    func whenFlushed(_ body: @escaping () -> Void) {
        guard let context else { return }
        passStaged()
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { body() }
        meter?.offsets.flushing()
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
    }

    /// Whether the client's acknowledgements can be read.
    var tellsAcknowledged: Bool { tap >= 0 }

    /// Bytes of all answers that the client's kernel has acknowledged; also after its connection ended.
    /// With TLS, those in whole records, which the client can read.
    var bytesAcknowledged: UInt64? {
        guard let acknowledged = ciphertextAcknowledged else { return nil }
        return meter.map { $0.offsets.plaintext(within: acknowledged) } ?? acknowledged
    }

    /// As they are on the wire.
    private var ciphertextAcknowledged: UInt64? {
        var acknowledged: UInt64 = 0
        guard tap >= 0, route_tcp_bytes_acked(tap, &acknowledged) == 0 else { return nil }
        return acknowledged &- min(acknowledged, acknowledgedAtStart)
    }
}
