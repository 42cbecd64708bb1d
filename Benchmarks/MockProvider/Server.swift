import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The listener and the one event loop that everything runs on.
struct Server {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let journal: NIOLoopBound<Journal>
    private let tls: NIOSSLContext?

    /// - Throws: what the event loop throws.
    init(logFile: Int32?, tls: NIOSSLContext?) throws {
        let loop = group.next()
        journal = try loop.submit { NIOLoopBound(Journal(file: logFile), eventLoop: loop) }.wait()
        self.tls = tls
    }

    /// The context of a server with that certificate chain.
    ///
    /// - Throws: `NIOSSLError`, for files that hold no certificate or key.
    static func tls(certificate: String, key: String) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(certificate).map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(file: key, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(key))
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }

    /// Listens.
    ///
    /// - Throws: `IOError`.
    func bind(_ address: SocketAddress) throws -> any Channel {
        try ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: 256)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [journal, tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(
                        ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
                    try pipeline.addHandler(ConnectionHandler(journal: journal.value))
                }
            }
            .bind(to: address).wait()
    }
}
