import NIOCore
import Secrets
import WireFormat

// What the gateway says itself, and how a connection goes on or ends.
extension ClientConnection {
    /// Answers with an error, and drops what is left of the request.
    func refuse(_ error: GatewayError, _ family: Dialect.Family?) {
        send(answer(to: error, family))
        state = .answered
        deadline = core.now + WorkerCore.closeTimeout
        if !requestKeepsAlive { closeAfterAnswer() }
    }

    private func answer(to error: GatewayError, _ family: Dialect.Family?) -> ByteBuffer {
        AnswerHead.answer(
            Int(error.status), json: error.body(family), withBody: !requestIsHead,
            keepsAlive: keepsAlive, minorVersion: requestMinorVersion,
            retryAfter: error.retryAfter, allow: error == .wrongMethod ? "POST" : nil)
    }

    /// Answers an exchange's request with an error.
    func answer(_ error: GatewayError, dialect: Dialect) { send(answer(to: error, dialect.family)) }

    func send(_ bytes: ByteBuffer) {
        write(bytes)
        flush()
    }

    func begin(
        _ head: ResponseHead, _ plan: AnswerPlan, withholding own: Secret?, keepsAlive: Bool
    ) {
        var out = ByteBuffer()
        plan.writeHead(
            head, withholding: core.secrets, own, keepsAlive: keepsAlive,
            minorVersion: requestMinorVersion, into: &out)
        write(out)
    }

    /// The framing is part of the bytes.
    func endAnswer(isWhole: Bool) {}

    /// The exchange has written its last byte.
    func exchangeOver(_ exchange: Exchange, keepsAlive: Bool) {
        guard case .exchanging(let current) = state, current === exchange else { return }
        if keepsAlive, self.keepsAlive {
            nextRequest()
        } else {
            state = .answered
            closeAfterAnswer()
        }
    }

    func nextRequest() {
        state = .awaitingHead
        headBytes = 0
        deadline = core.now + .milliseconds(Int64(core.limits.idleTimeout))
        guard !isTakingParts else { return }
        isTakingParts = true
        defer { isTakingParts = false }
        while true {
            if case .exchanging = state { return }
            guard let part = pipelined.next() else { break }
            take(part)
        }
        if isInputClosed { closeAfterAnswer() }
    }

    /// Says that nothing more comes, and waits a moment for the client to close: a connection that is
    /// closed with unread bytes would be reset, and the answer lost with it.
    func closeAfterAnswer() {
        switch state {
        case .closing, .closed: return
        case .exchanging: break
        case .awaitingHead, .receiving, .answered:
            state = .closing
            deadline = core.now + WorkerCore.closeTimeout
        }
        pipelined.removeAll()
        passStaged()
        guard isInputClosed else {
            context?.close(mode: .output, promise: nil)
            return
        }
        // With both sides closed the connection is, and what is not written yet would be lost.
        if case .closing = state { whenFlushed { self.closeNow() } }
    }
}
