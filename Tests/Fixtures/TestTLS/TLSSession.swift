import NIOCore
import NIOEmbedded
import NIOSSL
import NIOTLS

/// The client's side of a TLS connection, whose bytes somebody else carries. Used from one thread.
package final class TLSSession {
    private let channel = EmbeddedChannel()
    private let handshake = Handshake()

    /// - Parameters:
    ///   - trusted: PEM of the only authority, or of the server's own certificate.
    ///   - only12: speaks TLS 1.2 and nothing newer.
    ///   - protocols: what is offered by ALPN.
    /// - Throws: what the certificate or the library has against it.
    package init(
        trusting trusted: String, only12: Bool = false, protocols: [String] = ["http/1.1"]
    ) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(trusted.utf8))
        configuration.trustRoots = .certificates(certificates)
        configuration.applicationProtocols = protocols
        if only12 { configuration.maximumTLSVersion = .tlsv12 }
        let context = try NIOSSLContext(configuration: configuration)
        let handler = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
        try channel.pipeline.syncOperations.addHandlers([handler, handshake])
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/test")).wait()
    }

    deinit {
        // Past the handler, which would wait for the server's farewell.
        let tls = try? channel.pipeline.syncOperations.context(
            handlerType: NIOSSLClientHandler.self)
        tls?.close(mode: .all, promise: nil)
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    /// The protocol that was agreed on; nil while the handshake goes on.
    package var agreedProtocol: String?? { handshake.result }

    /// Takes what came from the server, and gives what can be read of it.
    ///
    /// - Throws: what is wrong with it.
    package func receive(_ bytes: some Sequence<UInt8>) throws -> [UInt8] {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        var plain: [UInt8] = []
        while let part = try channel.readInbound(as: ByteBuffer.self) {
            plain += part.readableBytesView
        }
        return plain
    }

    /// Encrypts; what is to be sent comes out of `outgoing`.
    ///
    /// - Throws: what the library throws.
    package func send(_ plain: [UInt8]) throws {
        channel.writeAndFlush(ByteBuffer(bytes: plain), promise: nil)
        try channel.throwIfErrorCaught()
    }

    /// What is to be sent to the server now.
    ///
    /// - Throws: what the channel throws.
    package func outgoing() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let part = try channel.readOutbound(as: ByteBuffer.self) {
            bytes += part.readableBytesView
        }
        return bytes
    }

    private final class Handshake: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var result: String??

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted(let agreed) = event as? TLSUserEvent {
                result = .some(agreed)
            }
            context.fireUserInboundEventTriggered(event)
        }
    }
}
