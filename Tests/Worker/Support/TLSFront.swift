import NIOCore
import NIOPosix
import NIOSSL

/// Ends TLS in front of a test's provider: bytes and ends of connections are passed on both ways.
enum TLSFront {
    /// Self-signed, for "localhost", until the year 2126. Used by these tests and by nothing else.
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBlTCCATugAwIBAgIUURLSMii2AQriLZ3ylRT01CpzxUUwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzE3NDk0NloYDzIxMjYxMDMw
        MTc0OTQ2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASyuQY52QB6BHwgxbuBOIg3NH7eYkmKJRNv5Y0JKn5Mu01Rd/58eqEN
        MBYHCQyJ7FPk6OYzQG/h4JM1uQYgRWm6o2kwZzAdBgNVHQ4EFgQUXXC97enaaGxr
        ZtVSjEsuUtHa7XcwHwYDVR0jBBgwFoAUXXC97enaaGxrZtVSjEsuUtHa7XcwDwYD
        VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
        SAAwRQIhAJAyIfVHCRXIhlQtRU6RH37nSi/j47JCEeBFoNso+rydAiA0EP4ZI0Lx
        P8yzvNcdjZALT8klaUEbr58B4U9ihZv/wA==
        -----END CERTIFICATE-----
        """

    /// The certificate's key, PKCS #8 in base64: worth nothing outside these tests.
    private static let key = """
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgw++nPZg5LZh0T26K
        iHYItI2MOX1r1xHIIIQwTZFNWqShRANCAASyuQY52QB6BHwgxbuBOIg3NH7eYkmK
        JRNv5Y0JKn5Mu01Rd/58eqENMBYHCQyJ7FPk6OYzQG/h4JM1uQYgRWm6
        """

    /// Starts one on the loop; returns the port that it listens on.
    static func start(on group: any EventLoopGroup, provider: UInt16) throws -> UInt16 {
        let armoured = "-----BEGIN PRIVATE KEY-----\n\(key)\n-----END PRIVATE KEY-----\n"
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map {
                .certificate($0)
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(armoured.utf8), format: .pem))
        )
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
