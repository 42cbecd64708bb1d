import NIOCore

/// Stands between the HTTP/2 handler and the encryption, and sees what goes out: the only place where it
/// is known which byte of the connection a frame ends at. What is written between two flushes goes on as
/// one write, since each write would become a TLS record of its own.
final class FrameMeter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var connection: HTTP2Connection?
    private let meter: CiphertextMeter
    private var context: ChannelHandlerContext?
    private var outgoing = FrameScanner()
    private var incoming = FrameScanner(skipping: FrameScanner.prefaceSize)
    private var pending = ByteBuffer()
    private var pendingPromise: EventLoopPromise<Void>?
    /// Nothing more is read of the client.
    var isDeaf = false

    init(_ connection: HTTP2Connection, _ meter: CiphertextMeter) {
        self.connection = connection
        self.meter = meter
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connection?.frames = self
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        connection?.frames = nil
        connection = nil
    }

    /// Header fields have begun to arrive and are not whole.
    var isHeadPending: Bool { incoming.isHeadPending }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDeaf else { return }
        unwrapInboundIn(data).withUnsafeReadableBytes { incoming.scan($0) { _ in } }
        context.fireChannelRead(data)
    }

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        let bytes = unwrapOutboundIn(data)
        bytes.withUnsafeReadableBytes { outgoing.scan($0) { connection?.wrote($0) } }
        pending.writeImmutableBuffer(bytes)
        guard let promise else { return }
        if let pendingPromise {
            pendingPromise.futureResult.cascade(to: promise)
        } else {
            pendingPromise = promise
        }
    }

    func flush(context: ChannelHandlerContext) {
        writePending(context)
        connection?.socket.flush(context)
        connection?.didFlush()
    }

    private func writePending(_ context: ChannelHandlerContext) {
        guard pending.readableBytes > 0 else { return }
        let bytes = pending
        let promise = pendingPromise
        pending = ByteBuffer()
        pendingPromise = nil
        meter.offsets.wrote(bytes.readableBytes)
        context.write(wrapOutboundOut(bytes), promise: promise)
    }

    /// Calls the closure once the kernel has what was flushed until now; never where the connection ends
    /// before.
    func whenFlushed(_ body: @escaping () -> Void) {
        guard let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { body() }
        writePending(context)
        meter.offsets.flushing()
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
    }

    /// Bytes of the connection, before the encryption, that the kernel has taken; nil where the connection
    /// is gone.
    var plainFlushed: UInt64? {
        ClientSocket.buffered(context?.channel).map { meter.offsets.plaintext(leaving: $0) }
    }

    /// The kernel has not taken all that was flushed.
    var hasUnflushed: Bool { (ClientSocket.buffered(context?.channel) ?? 0) > 0 }
}
