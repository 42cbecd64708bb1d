import NIOCore
import NIOHTTP1

// What an exchange writes to, and what the client's kernel says of it.
extension ClientConnection: ExchangeClient {
    /// The handlers of a connection that speaks HTTP/1.1, behind what there is.
    static func add(
        to pipeline: ChannelPipeline.SynchronousOperations, core: WorkerCore, socket: ClientSocket
    ) throws {
        let connection = ClientConnection(core: core, socket: socket)
        try pipeline.addHandler(RequestMeter(connection))
        try pipeline.addHandler(
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
        try pipeline.addHandler(connection)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { inputClosed() }
        context.fireUserInboundEventTriggered(event)
    }

    func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        bytesWritten &+= UInt64(bytes.readableBytes)
        if stage(bytes) { return }
        socket.meter?.offsets.wrote(bytes.readableBytes)
        context.write(wrapOutboundOut(bytes), promise: nil)
    }

    func write(_ bytes: ByteBuffer, whenFlushed body: @escaping () -> Void) {
        guard let context else { return }
        passStaged()
        bytesWritten &+= UInt64(bytes.readableBytes)
        socket.meter?.offsets.wrote(bytes.readableBytes)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { body() }
        context.write(wrapOutboundOut(bytes), promise: promise)
    }

    func flush() {
        if staged != nil {
            sendStaged()
        } else if let context {
            socket.flush(context)
        }
    }

    /// Little enough waits for the client's socket that more may be written.
    var isWritable: Bool { context?.channel.isWritable ?? true }

    /// With TLS, of a record that it has taken in part the kernel has nothing.
    var bytesBuffered: Int? {
        guard isChannelInUse else {
            return isActive ? staged?.readableBytes ?? 0 : nil
        }
        guard let buffered = ClientSocket.buffered(context?.channel) else { return nil }
        guard let meter = socket.meter else {
            // The socket is next in line again, unless it cannot be written to past the channel.
            if buffered == 0, socket.tellsAcknowledged { isChannelInUse = false }
            return buffered
        }
        return Int(bytesWritten &- meter.offsets.plaintext(leaving: buffered))
    }

    func whenFlushed(_ body: @escaping () -> Void) {
        guard let context else { return }
        passStaged()
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { body() }
        socket.meter?.offsets.flushing()
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
    }

    var tellsAcknowledged: Bool { socket.tellsAcknowledged }

    var bytesAcknowledged: UInt64? { socket.acknowledged }

    var takesChunks: Bool { requestMinorVersion > 0 }

    /// Ends the connection.
    func closeNow() {
        if let context { socket.end(context) }
    }
}
