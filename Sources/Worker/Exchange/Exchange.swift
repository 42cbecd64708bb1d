import Diagnostics
import IPC
import NIOCore
import WireFormat

/// One request from its acceptance to its settlement: carries out what the state machine says, between
/// the client's connection, the provider's, and the books.
final class Exchange: AnswerConsumer {
    let core: WorkerCore
    let request: AcceptedRequest
    let ticket: StreamAccounts.Ticket
    /// Kept until the answer begins: a prompt can be large, and a stream long.
    var outgoing: ProviderRequest?
    /// Gone once the exchange has nothing more to write.
    weak var client: (any ExchangeClient)?
    var machine: StreamStateMachine
    /// For a connection to the provider.
    var waiter: ConnectionWaiter?
    var provider: UpstreamConnection?
    /// The provider's connection after the client has gone, until it is known what was settled.
    private var leftBehind: UpstreamConnection?
    private var deadline = NIODeadline.distantFuture
    /// Bytes came since the last tick.
    private var hasRead = false
    /// The client's socket takes no more: the provider is not read from.
    private var isPaused = false

    // The answer.
    var relay: AnswerRelay?
    var ledger = DeliveryLedger()
    /// Bytes that the client's connection had been given when the body began.
    var bodyBase: UInt64 = 0
    private var reusesProvider = false
    var needsFlush = false
    var hasMarker = false
    var brokeOff = false
    var acknowledgeDeadline = NIODeadline.distantFuture
    /// The answer has its end; the client's connection is told once the exchange is over.
    var isAnswerOver = false
    var keepsClient = true
    /// The client was told that nothing more comes.
    var isOutputClosed = false

    // The books.
    var sequence: UInt64 = 0
    var isMoved = false
    var isSettled = false
    var settledUsage: StreamUsage?
    var providerAccepted = false
    var firstByte: UInt64?

    init(
        core: WorkerCore, request: AcceptedRequest, outgoing: ProviderRequest,
        ticket: StreamAccounts.Ticket, client: any ExchangeClient
    ) {
        self.core = core
        self.request = request
        self.outgoing = outgoing
        self.ticket = ticket
        self.client = client
        let provider = core.targets[request.provider].provider
        machine = StreamStateMachine(readsOn: provider.isReadOn)
    }

    /// Sends the `opened` record, and dials once it is in the kernel's queue.
    func start() {
        let target = core.targets[request.provider]
        core.accounts.open(
            StreamOpened(
                stream: ticket.stream, slot: ticket.slot, startedAt: request.startedAt,
                key: request.keyName, endpoint: request.endpoint, model: request.model,
                provider: target.provider.name, providerModel: request.providerModel,
                isStreaming: request.isStreaming, promptProduced: request.prompt.tokens,
                countSource: request.prompt.source, promptBasis: request.prompt.basis)
        ) { [self] admission in
            if admission == .refused { isSettled = true }
            handle(.admission(admission))
        }
    }

    // MARK: Events

    func headArrived(_ head: ResponseHead, from connection: UpstreamConnection) {
        Breadcrumbs.setCurrentStream(ticket.stream)
        #if FaultInjection
            outgoing?.fault?.strike(providerKey: core.targets[request.provider].key)
        #endif
        guard let client else { return }
        deadline = core.now + .milliseconds(Int64(core.limits.streamIdleTimeout))
        providerAccepted = (200..<300).contains(head.status)
        reusesProvider = head.keepsAlive
        let plan = AnswerPlan(head, takesChunks: client.takesChunks)
        if plan.isUnreadableError { return handle(.providerLost(.encodedError)) }
        keepsClient = client.keepsAlive && plan.sink != .untilClose
        let own = outgoing?.credential?.secret
        outgoing = nil
        relay = plan.relay(
            dialect: request.endpoint.dialect, hidesUsage: request.hidesUsage,
            plan: request.plan, known: core.secrets, own: own)
        client.begin(head, plan, withholding: own, keepsAlive: keepsClient)
        bodyBase = client.bytesWritten
        needsFlush = true
        handle(.head(status: UInt16(head.status)))
        guard plan.isEmpty else { return }
        handle(.answerEnded(nil))
        if needsFlush { flush() }
    }

    func bodyArrived(_ read: ByteBuffer) {
        Breadcrumbs.setCurrentStream(ticket.stream)
        hasRead = true
        // Before the ledger knows of more. Behind the answer's end there is little, and it can be the last flush.
        if needsFlush, machine.pendingVerdict == nil,
            client?.joinsStaged(read.readableBytes) == false
        {
            flush()
        }
        guard
            let output = relay?.consume(read, observer: &core.observer, ledger: &ledger)
        else { return }
        if let bytes = output.bytes {
            write(bytes)
            needsFlush = true
        }
        if output.hasExcess { reusesProvider = false }
        if let terminal = output.terminal {
            if machine.isRelaying { deadline = core.now + WorkerCore.lingerTimeout }
            handle(.terminal(isError: terminal == .error))
        }
        if output.isBroken {
            handle(.providerLost(.badFraming))
        } else if output.isEnded {
            handle(.answerEnded(endFailure()))
        }
        // A connection that was given back does not say when its read is complete.
        if provider == nil, needsFlush { flush() }
    }

    /// Everything that a turn of the loop brought has been taken.
    func readCompleted() {
        guard needsFlush else { return }
        flush()
    }

    /// The provider's connection ended while the answer's body was under way.
    func providerClosed(cleanly: Bool) {
        provider = nil
        if cleanly, let (isProper, bytes) = relay?.sourceClosed(ledger: &ledger), isProper {
            if let bytes { client?.write(bytes) }
            reusesProvider = false
            needsFlush = true
            handle(.answerEnded(endFailure()))
        } else {
            handle(.providerLost(cleanly ? .truncated : .providerClosed))
        }
        if needsFlush { flush() }
    }

    /// The provider's connection ended, or what came was no answer, before its head was whole.
    func providerLost(_ failure: RelayFailure) {
        provider = nil
        handle(.providerLost(failure))
        if needsFlush { flush() }
    }

    /// The client's connection ended. Its acknowledgements can still be read.
    func clientGone() {
        let tells = client?.tellsAcknowledged == true
        if tells { prune() }
        let reached = tells ? ledger.bytesAcknowledged : ledger.bytesFlushed
        handle(.clientGone(hasAll: reached >= ledger.answerEnd))
        client = nil
    }

    /// The client sends its next request: by then its kernel has acknowledged what it has read.
    func clientSentMore() {
        if machine.pendingVerdict != nil { account() }
    }

    /// The drain time is over.
    func drainDeadline() {
        handle(.drainDeadline)
        if needsFlush { flush() }
    }

    /// The client's socket takes bytes again, or takes no more. Called from within writes and flushes:
    /// by now it may be the other way round again, so only how it is counts, not what was announced.
    func writabilityChanged() {
        guard let client, client.isWritable == isPaused else { return }
        isPaused.toggle()
        provider?.setReading(!isPaused)
        guard !isPaused else { return }
        hasRead = true
        account()
    }

    func tick(now: NIODeadline) {
        if hasRead || isPaused {
            hasRead = false
            if machine.isRelaying {
                deadline = now + .milliseconds(Int64(core.limits.streamIdleTimeout))
            }
        }
        if now >= deadline {
            deadline = .distantFuture
            handle(.timedOut)
            if needsFlush { flush() }
        }
        if machine.pendingVerdict != nil || hasMarker { account() }
    }

    // MARK: Steps

    func handle(_ event: StreamStateMachine.Event) {
        Breadcrumbs.setCurrentStream(ticket.stream)
        let step = machine.handle(event)
        carryOut(step.provider)
        carryOut(step.client)
        if let verdict = step.settlement { settle(verdict) }
        if let connection = leftBehind { readOn(connection) }
        if machine.isDone { finish() }
    }

    private func carryOut(_ step: StreamStateMachine.ProviderStep) {
        switch step {
        case .nothing: return
        case .dial(let fresh): connect(fresh: fresh)
        case .send:
            deadline = core.now + .milliseconds(Int64(core.limits.responseTimeout))
            if let outgoing {
                provider?.send(
                    outgoing, to: core.targets[request.provider], asStream: request.isStreaming,
                    for: self)
            }
        case .close:
            waiter?.cancel()
            waiter = nil
            provider?.close()
            provider = nil
        case .readOn:
            leftBehind = provider
            provider = nil
        case .release:
            provider?.release(reusable: reusesProvider && !core.isDraining)
            provider = nil
        }
    }

    private func connect(fresh: Bool) {
        let pool = core.pools[request.provider]
        if !fresh, let connection = pool.take() { return connected(connection) }
        // While it waits for its turn, the pool keeps the time.
        deadline = .distantFuture
        waiter = pool.connect(fresh: fresh) { [self] in
            deadline = core.now + .milliseconds(Int64(core.limits.connectTimeout))
        } completion: { [self] result in
            waiter = nil
            switch result {
            case .success(let connection): connected(connection)
            case .failure(let failure): handle(.connectFailed(failure))
            }
        }
    }

    private func connected(_ connection: UpstreamConnection) {
        provider = connection
        handle(.connected(reused: connection.hasServed))
    }

    private func carryOut(_ step: StreamStateMachine.ClientStep) {
        switch step {
        case .nothing, .relayHead: return
        case .refuse(let failure):
            client?.answer(failure.answer, dialect: request.endpoint.dialect)
            isAnswerOver = true
        case .endBody:
            let isWhole = relay.map { $0.isEnded || $0.sink != .length || $0.source == .length(0) }
            if relay?.isEnded != true {
                // A body whose length was announced cannot be ended before it.
                if relay?.sink == .length { keepsClient = false }
                if let bytes = relay?.endProperly(ledger: &ledger) { client?.write(bytes) }
            }
            client?.endAnswer(isWhole: isWhole ?? true)
            isAnswerOver = true
            needsFlush = true
        case .breakOff(let failure):
            let next = (relay?.scanner.facts.sequenceNumber).map { $0 &+ 1 } ?? 0
            let event = failure.answer.event(request.endpoint.dialect, sequenceNumber: next)
            let end = relay?.breakOff(with: event, ledger: &ledger)
            if let end { client?.write(end) }
            client?.endAnswer(isWhole: end != nil)
            isAnswerOver = true
            needsFlush = true
            keepsClient = false
            brokeOff = true
            acknowledgeDeadline = core.now + WorkerCore.acknowledgeTimeout
        }
    }

    /// What is wrong with an answer whose framing ended as it should; nil where nothing is.
    private func endFailure() -> RelayFailure? {
        guard let relay, relay.isEventStream else { return nil }
        let facts = relay.scanner.facts
        if facts.terminalSeen || facts.errorSeen { return nil }
        // Several OpenAI-compatible providers leave `[DONE]` out; usage says that the answer was whole.
        if request.endpoint.takesStreamOptions, facts.completionTokens != nil { return nil }
        return .noTerminalEvent
    }

    private func readOn(_ connection: UpstreamConnection) {
        leftBehind = nil
        guard let settled = settledUsage else { return connection.close() }
        let drain = UsageDrain(
            core: core, request: request, stream: ticket.stream, sequence: sequence &+ 1,
            settled: settled, relay: relay, keepsConnection: reusesProvider,
            bounds: core.targets[request.provider].provider.usageDrain)
        core.readOn(drain, from: connection)
    }
}
