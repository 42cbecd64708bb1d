import NIOCore

/// Stands between the TLS handler and the socket, and sees what goes out: the only place where the
/// offsets of a TLS connection are known.
final class CiphertextMeter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var offsets = RecordOffsets()

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        unwrapOutboundIn(data).withUnsafeReadableBytes { offsets.sent($0) }
        context.write(data, promise: promise)
    }
}
