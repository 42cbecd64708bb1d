import NIOCore

/// Stands in front of the HTTP decoder and tells the connection how many bytes go into it: the decoder
/// itself would collect a head without end.
final class RequestMeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: ClientConnection

    init(_ connection: ClientConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.willDecode(unwrapInboundIn(data).readableBytes)
        context.fireChannelRead(data)
        connection.didDecode()
    }
}
