import NIOCore
import NIOSSL
import NIOTLS

// What the transport says of itself, and what is different where the client speaks TLS.
extension ClientConnection {
    /// The handshake has the time of a head.
    func beginHandshake() {
        deadline = core.now + .milliseconds(Int64(core.limits.headerTimeout))
        core.handshakeBegan(self)
    }

    /// It is over, one way or the other.
    func endHandshake() {
        guard isHandshaking else { return }
        isHandshaking = false
        core.handshakeOver(self)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { inputClosed() }
        if case .handshakeCompleted = event as? TLSUserEvent {
            endHandshake()
            meter?.offsets.open()
            deadline =
                core.now
                + (core.isDraining
                    ? WorkerCore.firstRequestGrace : .milliseconds(Int64(core.limits.idleTimeout)))
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Ends the connection.
    func closeNow() {
        guard let context else { return }
        // A TLS handler would first wait for the client to agree.
        let tls =
            meter == nil
            ? nil
            : try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
        (tls ?? context).close(mode: .all, promise: nil)
    }
}
