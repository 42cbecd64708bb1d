import NIOCore
import NIOPosix
import NIOSSL
import TestTLS

/// Ends TLS in front of a test's provider: bytes and ends of connections are passed on both ways.
enum TLSFront {
    /// Starts one on the loop; returns the port that it listens on.
    static func start(on group: any EventLoopGroup, provider: UInt16) throws -> UInt16 {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(TestIdentity.certificate.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(TestIdentity.key.utf8), format: .pem)
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        let context = try NIOSSLContext(configuration: configuration)
        let listener = try ServerBootstrap(group: group)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                let near = Glue()
                let far = Glue()
                near.partner = far
                far.partner = near
                let bound = NIOLoopBound(far, eventLoop: channel.eventLoop)
                do {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    try pipeline.addHandler(near)
                } catch {
                    return channel.eventLoop.makeFailedFuture(error)
                }
                ClientBootstrap(group: channel.eventLoop)
                    .channelInitializer { other in
                        other.eventLoop.makeCompletedFuture {
                            try other.pipeline.syncOperations.addHandler(bound.value)
                        }
                    }
                    .connect(host: "127.0.0.1", port: Int(provider))
                    .whenComplete { result in
                        switch result {
                        case .success:
                            channel.setOption(.autoRead, value: true).whenComplete { _ in }
                        case .failure: channel.close(promise: nil)
                        }
                    }
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).wait()
        return UInt16(listener.localAddress?.port ?? 0)
    }

    private final class Glue: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        var partner: Glue?
        private var context: ChannelHandlerContext?

        func handlerAdded(context: ChannelHandlerContext) { self.context = context }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            partner?.context?.writeAndFlush(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.context = nil
            let other = partner
            partner = nil
            other?.partner = nil
            other?.context?.close(promise: nil)
        }
    }
}
