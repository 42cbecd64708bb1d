import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix

/// The admin interface over HTTP/1.1, on sockets that were inherited.
///
/// Hummingbird binds its own sockets only; so NIO accepts here and hands every connection to
/// Hummingbird's HTTP channel.
final class AdminServer: Sendable {
    /// One thread for all of it, as long as the process lives.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let listeners: [any Channel]

    /// Time after which an idle connection is closed.
    private static let idleTimeout = TimeAmount.seconds(60)

    private init(listeners: [any Channel]) { self.listeners = listeners }

    /// Serves on listening sockets, which are the server's from now on. A socket that cannot be used is
    /// logged and left out: bills matter more than their display.
    static func start(descriptors: [CInt], routes: AdminRoutes, log: Log) -> AdminServer {
        let quiet = Logger(label: "admin") { _ in SwiftLogNoOpLogHandler() }
        let responder = routes.responder()
        let http = HTTP1Channel(
            responder: { request, writer, channel in
                let source = ApplicationRequestContextSource(channel: channel, logger: quiet)
                let response = try await responder.respond(
                    to: request, context: AdminContext(source: source))
                try await writer.write(response: response.head, body: response.body)
            },
            configuration: .init(
                idleTimeout: idleTimeout,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 8 * 1024, maxHeaderListSize: 16 * 1024,
                    maxHeaderFieldCount: 100)))
        var listeners: [any Channel] = []
        for descriptor in descriptors {
            let bootstrap = ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    http.setup(channel: channel, logger: quiet).map { connection in
                        Task { await http.handle(value: connection, logger: quiet) }
                    }
                }
            do {
                listeners.append(try bootstrap.withBoundSocket(descriptor).wait())
            } catch {
                log.line("an admin socket cannot be served: \(type(of: error))")
            }
        }
        return AdminServer(listeners: listeners)
    }

    /// Closes the listeners; answers that are under way end with the process.
    func stop() {
        for listener in listeners { try? listener.close().wait() }
    }
}
