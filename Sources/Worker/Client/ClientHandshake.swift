import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import NIOTLS

/// A client's connection until its TLS handshake is over: then the protocol that was agreed on (ALPN,
/// RFC 7301) takes its place.
final class ClientHandshake: ChannelInboundHandler, RemovableChannelHandler, ConnectedClient {
    typealias InboundIn = ByteBuffer

    /// The protocol's name (RFC 9113, 3.2).
    static let http2 = "h2"

    private let core: WorkerCore
    private var socket: ClientSocket
    private var context: ChannelHandlerContext?
    private var deadline = NIODeadline.distantFuture
    private var isOver = false

    init(core: WorkerCore, meter: CiphertextMeter) {
        self.core = core
        socket = ClientSocket(meter: meter)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        socket.open(context)
        core.add(self)
        // The handshake has the time of a head.
        deadline =
            core.now
            + (core.isDraining
                ? WorkerCore.firstRequestGrace
                : .milliseconds(Int64(core.limits.headerTimeout)))
        core.handshakeBegan(self)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isOver {
            isOver = true
            core.handshakeOver(self)
            socket.close()
            core.remove(self)
        }
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { return closeNow() }
        guard case .handshakeCompleted(let agreed) = event as? TLSUserEvent, !isOver else {
            return context.fireUserInboundEventTriggered(event)
        }
        isOver = true
        core.handshakeOver(self)
        socket.meter?.offsets.open()
        do {
            try add(agreed, context.pipeline.syncOperations)
            core.remove(self)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            closeNow()
        }
    }

    /// The handlers of the protocol, which take the connection over.
    private func add(
        _ agreed: String?, _ pipeline: ChannelPipeline.SynchronousOperations
    ) throws {
        guard agreed == Self.http2, let meter = socket.meter else {
            return try ClientConnection.add(to: pipeline, core: core, socket: socket)
        }
        let connection = HTTP2Connection(core: core, socket: socket)
        let (connections, streams) = HTTP2Limits.configuration(core.limits)
        try pipeline.addHandler(FrameMeter(connection, meter))
        try pipeline.addHandler(
            NIOHTTP2Handler(
                mode: .server, connectionConfiguration: connections, streamConfiguration: streams))
        try pipeline.addHandler(connection)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // How the connection ended, which is told besides.
        if case .uncleanShutdown = error as? NIOSSLError { return }
        closeNow()
    }

    func tick(now: NIODeadline) {
        if now >= deadline { closeNow() }
    }

    /// It was accepted a moment ago, and its first request may be under way: that one is still served.
    func drain() { deadline = min(deadline, core.now + WorkerCore.firstRequestGrace) }

    func endStream() { closeNow() }

    func closeNow() {
        if let context { socket.end(context) }
    }
}
