import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import WireFormat

// The request, and the answers that the gateway gives itself.
extension HTTP2Stream {
    /// The stream begins with the request's head; nil where that is malformed.
    func begin(_ head: HTTPRequestHead?) {
        let started = core.clock.monotonic
        guard let head else { return refuse(.malformedRequest, nil) }
        guard head.approximateSize <= core.limits.headerBytes else {
            return refuse(.headTooLarge, nil)
        }
        let decision = HeadJudge(core: core).judge(
            head, startedAt: core.clock.realtime, started: started)
        switch decision {
        case .answer(let body): send(200, body)
        case .refuse(let error, let family): refuse(error, family)
        case .receive(let request, let continues):
            let announced = head.headers.first(name: "content-length")
            if let announced, Int(announced).map({ $0 > core.limits.bodyBytes }) ?? true {
                return reject(request, .bodyTooLarge)
            }
            state = .receiving(request)
            if continues, !isRequestOver {
                let interim = HPACKHeaders([(":status", "100")])
                connection?.send(.headers(.init(headers: interim)), on: id)
                connection?.flush()
            }
        }
    }

    /// A part of the body.
    func received(_ bytes: ByteBuffer) {
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
    }

    /// The client has sent its end: the request is whole. Nothing is concluded of it about the client.
    func requestEnded() {
        isRequestOver = true
        switch state {
        case .receiving(let request): accept(request)
        case .answered: progressed()
        case .exchanging, .closed: return
        }
    }

    private func accept(_ request: IncomingRequest) {
        deadline = .distantFuture
        let admission = RequestAdmission(core: core)
        switch admission.admit(request) {
        case .success(let (accepted, outgoing)):
            if let body = admission.ownAnswer(accepted) {
                guard admission.record(accepted, answer: body) else {
                    return reject(request, .overloaded)
                }
                return send(200, body)
            }
            guard let ticket = core.accounts.mint() else { return reject(request, .overloaded) }
            let exchange = Exchange(
                core: core, request: accepted, outgoing: outgoing, ticket: ticket, client: self)
            state = .exchanging(exchange)
            connection?.hasMoreRoom()
            exchange.start()
        case .failure(let refusal):
            if refusal.isRecorded {
                admission.record(request, refusal)
            } else {
                core.noteUnauthorised()
            }
            refuse(refusal.error, request.endpoint.dialect.family)
        }
    }

    /// A known client's request that is refused.
    private func reject(_ request: IncomingRequest, _ error: GatewayError) {
        if request.keyName != nil {
            RequestAdmission(core: core).record(
                request, RequestAdmission.Refusal(error: error))
        }
        refuse(error, request.endpoint.dialect.family)
    }

    /// Answers with an error, and drops what is left of the request.
    func refuse(_ error: GatewayError, _ family: Dialect.Family?) {
        send(Int(error.status), error.body(family), error: error)
    }

    /// Answers an exchange's request with an error.
    func answer(_ error: GatewayError, dialect: Dialect) {
        write(Int(error.status), error.body(dialect.family), error: error)
        flush()
    }

    /// One of the gateway's own answers, whole.
    private func send(_ status: Int, _ body: [UInt8], error: GatewayError? = nil) {
        state = .answered
        deadline = core.now + .milliseconds(Int64(core.limits.idleTimeout))
        write(status, body, error: error)
        flush()
        connection?.hasMoreRoom()
    }

    private func write(_ status: Int, _ body: [UInt8], error: GatewayError?) {
        let fields = HTTP2Fields.own(status, length: body.count, error: error)
        connection?.send(.headers(.init(headers: fields, endStream: isHead)), on: id)
        guard !isHead else { return endWithHead() }
        write(ByteBuffer(bytes: body))
        endAnswer(isWhole: true)
    }
}
