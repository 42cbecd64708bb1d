import NIOCore
import NIOHTTP1
import NIOSSL
import WireFormat

/// One client's connection: reads requests one after the other, and is what an exchange writes to.
///
/// A client that closes its sending side is gone: that is how clients cancel, and how proxies in front
/// of this one pass a cancellation on. The provider is then aborted. The configuration can have it served
/// instead; it is then gone when its connection is reset.
final class ClientConnection: ChannelInboundHandler, ConnectedClient {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    enum State {
        /// Between requests, or within a head.
        case awaitingHead
        /// The body arrives.
        case receiving(IncomingRequest)
        /// An answer of our own is out before the body's end, which is read and dropped.
        case answered
        case exchanging(Exchange)
        /// This side has said its last word; the client's is awaited for a moment.
        case closing
        case closed
    }

    let core: WorkerCore
    var context: ChannelHandlerContext?
    var state = State.awaitingHead
    /// Parts of requests behind the one that is being answered.
    var pipelined = PipelinedParts()
    /// The client has closed its sending side and is served.
    var isInputClosed = false
    var headBytes = 0
    var deadline: NIODeadline
    var requestKeepsAlive = true
    var requestMinorVersion = 1
    var requestIsHead = false
    var isTakingParts = false

    var socket: ClientSocket
    /// Bytes that the channel was given, of all answers.
    var bytesWritten: UInt64 = 0
    /// Written and not flushed, while the channel holds nothing.
    var staged: ByteBuffer?
    /// Bytes may be in the channel, or the socket cannot be written to but by it: with TLS, and where there is no
    /// second descriptor.
    var isChannelInUse = true

    init(core: WorkerCore, socket: ClientSocket) {
        self.core = core
        self.socket = socket
        deadline = core.now + .milliseconds(Int64(core.limits.idleTimeout))
    }

    /// Whether the connection goes on after the present answer.
    var keepsAlive: Bool {
        requestKeepsAlive && !core.isDraining && !(isInputClosed && pipelined.isEmpty)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // With TLS it was, before the handshake.
        if context.channel.isActive { begin() }
    }

    func channelActive(context: ChannelHandlerContext) {
        socket.open(context)
        isChannelInUse = socket.meter != nil || !socket.tellsAcknowledged
        begin()
        context.fireChannelActive()
    }

    private func begin() {
        core.add(self)
        // Accepted in the drain's first moment: it may still send the request that it came for.
        if core.isDraining { deadline = core.now + WorkerCore.firstRequestGrace }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let before = state
        state = .closed
        if case .exchanging(let exchange) = before { exchange.clientGone() }
        socket.close()
        core.remove(self)
        self.context = nil
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        socket.close()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        guard case .exchanging(let exchange) = state else { return take(part) }
        hold(part)
        exchange.clientSentMore()
    }

    /// The client sends nothing more, and is served: only then does the transport say so.
    func inputClosed() {
        isInputClosed = true
        // A stream goes on, and what is whole behind it is answered too.
        if case .exchanging = state { return }
        closeAfterAnswer()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard case .exchanging(let exchange) = state else { return }
        exchange.writabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // How the connection ended, which is told besides: many clients say no farewell.
        if case .uncleanShutdown = error as? NIOSSLError { return }
        guard let parserError = error as? HTTPParserError else { return closeNow() }
        switch state {
        case .awaitingHead, .receiving:
            requestKeepsAlive = false
            refuse(parserError == .headerOverflow ? .headTooLarge : .malformedRequest, nil)
        case .exchanging, .answered:
            // The answer under way ends first; nothing behind it can be read.
            requestKeepsAlive = false
            if case .answered = state { closeAfterAnswer() }
        case .closing, .closed: return
        }
    }

    // MARK: Limits and times

    /// Bytes arrived that the decoder has not seen yet.
    func willDecode(_ count: Int) {
        guard case .awaitingHead = state else { return }
        if headBytes == 0 {
            deadline = core.now + .milliseconds(Int64(core.limits.headerTimeout))
        }
        headBytes += count
    }

    /// The decoder has seen them.
    func didDecode() {
        guard case .awaitingHead = state, headBytes > core.limits.headerBytes else { return }
        requestKeepsAlive = false
        refuse(.headTooLarge, nil)
    }

    func tick(now: NIODeadline) {
        if case .exchanging(let exchange) = state { exchange.tick(now: now) }
        guard now >= deadline else { return }
        switch state {
        case .awaitingHead where headBytes == 0: closeNow()
        case .awaitingHead, .receiving:
            requestKeepsAlive = false
            refuse(.requestTimedOut, family)
        case .answered, .closing: closeNow()
        case .exchanging, .closed: return
        }
    }

    /// A connection between two requests ends now. One that had none yet was accepted a moment ago, and
    /// its first request may be under way: that one is still served.
    func drain() {
        requestKeepsAlive = false
        guard case .awaitingHead = state, headBytes == 0 else { return }
        if bytesWritten > 0 { return closeAfterAnswer() }
        deadline = min(deadline, core.now + WorkerCore.firstRequestGrace)
    }

    /// The drain time is over.
    func endStream() {
        switch state {
        case .exchanging(let exchange): exchange.drainDeadline()
        case .awaitingHead, .receiving, .answered: closeAfterAnswer()
        case .closing, .closed: return
        }
    }

    // MARK: Requests

    /// Keeps a part of a request that stands behind the one that is being answered. More than a little is
    /// dropped, and the connection ends with the answer: a client's end stands behind what it has sent, so
    /// what is left unread would hide that it has gone.
    private func hold(_ part: HTTPServerRequestPart) {
        guard requestKeepsAlive, !pipelined.add(part) else { return }
        requestKeepsAlive = false
    }

    func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head):
            guard case .awaitingHead = state else { return }
            begin(head)
        case .body(let bytes):
            guard case .receiving(var request) = state else { return }
            state = .answered
            guard request.body.readableBytes + bytes.readableBytes <= core.limits.bodyBytes else {
                return reject(request, .bodyTooLarge)
            }
            if request.body.readableBytes == 0 {
                request.body = bytes
            } else {
                request.body.writeImmutableBuffer(bytes)
            }
            state = .receiving(request)
        case .end:
            switch state {
            case .receiving(let request): accept(request)
            case .answered:
                if keepsAlive { nextRequest() } else { closeAfterAnswer() }
            case .awaitingHead, .exchanging, .closing, .closed: return
            }
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        let started = core.clock.monotonic
        let size = headBytes > core.limits.headerBytes ? head.approximateSize : 0
        headBytes = 0
        deadline = core.now + .milliseconds(Int64(core.limits.bodyTimeout))
        requestKeepsAlive = head.isKeepAlive && !head.headers.contains(name: "upgrade")
        requestMinorVersion = head.version.minor
        requestIsHead = head.method == .HEAD
        guard size <= core.limits.headerBytes else {
            requestKeepsAlive = false
            return refuse(.headTooLarge, nil)
        }
        let decision = HeadJudge(core: core).judge(
            head, startedAt: core.clock.realtime, started: started)
        // A body that nobody reads would be taken for the next request.
        let hasBody =
            head.headers.contains(name: "transfer-encoding")
            || (head.headers.first(name: "content-length") ?? "0") != "0"
        switch decision {
        case .answer(let body):
            if hasBody { requestKeepsAlive = false }
            send(
                AnswerHead.answer(
                    200, json: body, withBody: !requestIsHead, keepsAlive: keepsAlive,
                    minorVersion: requestMinorVersion))
            state = .answered
        case .refuse(let error, let family):
            if hasBody { requestKeepsAlive = false }
            refuse(error, family)
        case .receive(let request, let continues):
            receive(request, announced: head.headers.first(name: "content-length"), continues)
        }
    }

    private func receive(_ request: IncomingRequest, announced: String?, _ continues: Bool) {
        if let announced, Int(announced).map({ $0 > core.limits.bodyBytes }) ?? true {
            return reject(request, .bodyTooLarge)
        }
        state = .receiving(request)
        guard continues else { return }
        var interim = ByteBuffer()
        interim.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        send(interim)
    }

    /// The request is whole.
    private func accept(_ request: IncomingRequest) {
        deadline = .distantFuture
        switch RequestAdmission(core: core).admit(request) {
        case .success(let (accepted, outgoing)):
            if let body = RequestAdmission(core: core).ownAnswer(accepted) {
                return answer(request, accepted, body)
            }
            guard let ticket = core.accounts.mint() else { return reject(request, .overloaded) }
            let exchange = Exchange(
                core: core, request: accepted, outgoing: outgoing, ticket: ticket, client: self)
            state = .exchanging(exchange)
            exchange.start()
        case .failure(let refusal):
            if refusal.isRecorded {
                RequestAdmission(core: core).record(request, refusal)
            } else {
                core.noteUnauthorised()
            }
            refuse(refusal.error, request.endpoint.dialect.family)
            take(.end(nil))
        }
    }

    /// A request that the gateway answers itself.
    private func answer(
        _ request: IncomingRequest, _ accepted: AcceptedRequest, _ body: [UInt8]
    ) {
        guard RequestAdmission(core: core).record(accepted, answer: body) else {
            return reject(request, .overloaded)
        }
        send(
            AnswerHead.answer(
                200, json: body, withBody: true, keepsAlive: keepsAlive,
                minorVersion: requestMinorVersion))
        state = .answered
        take(.end(nil))
    }

    /// A known client's request that is refused before its body is whole.
    private func reject(_ request: IncomingRequest, _ error: GatewayError) {
        let refusal = RequestAdmission.Refusal(error: error)
        if request.keyName != nil { RequestAdmission(core: core).record(request, refusal) }
        let isWhole = error == .overloaded
        if !isWhole { requestKeepsAlive = false }
        refuse(error, request.endpoint.dialect.family)
        if isWhole { take(.end(nil)) }
    }

    /// nil while the request's path is not known.
    private var family: Dialect.Family? {
        if case .receiving(let request) = state { return request.endpoint.dialect.family }
        return nil
    }
}
