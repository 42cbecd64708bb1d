import IPC

/// The life of one accepted request, from the moment that its `opened` record is minted: what to do
/// with the provider, what to tell the client, and when to settle. Without any input or output.
///
/// Whatever happens in whatever order, exactly one `Step` of a machine that was admitted (or cut)
/// carries a settlement.
struct StreamStateMachine: Equatable, Sendable {
    private enum Phase: Equatable, Sendable {
        /// The `opened` record is not in the kernel's queue yet. Next: dialling, abandoned, done.
        case admitting
        /// The client left, or the drain was over, before that: the settlement has to wait until the
        /// record is queued, since nothing of a stream comes before it. Next: done.
        case abandoned(Verdict)
        /// A connection to the provider is being looked for or made. Next: awaitingHead, done.
        case dialling
        /// The request was sent. Next: relaying, dialling (the one retry), done.
        case awaitingHead(reused: Bool)
        /// The answer's head went to the client. Next: concluding, done.
        case relaying
        /// How it ends is known; the client has not acknowledged all that was written (or not all of
        /// the answer's end has come). Next: done.
        case concluding(Conclusion)
        case done
    }

    private struct Conclusion: Equatable, Sendable {
        let verdict: Verdict
        var isSettled = false
        /// The client's answer has its end.
        var isEnded: Bool
    }

    private var phase = Phase.admitting
    private var hasRetried = false
    /// The provider charges for all of an answer whose connection is aborted: it is read on, for its usage.
    private let readsOn: Bool
    private var status: UInt16 = 0

    /// How a stream ended, as its record says.
    struct Verdict: Equatable, Sendable {
        var outcome: Outcome
        var failure: RelayFailure?
        /// The HTTP status that the client was sent, 0 when none was.
        var status: UInt16
    }

    /// What happened.
    enum Event: Equatable, Sendable {
        /// The usage channel's answer to `opened`.
        case admission(UsageSender.Admission)
        /// A connection to the provider is ready for a request.
        case connected(reused: Bool)
        /// None could be made.
        case connectFailed(RelayFailure)
        /// The final head of the provider's answer.
        case head(status: UInt16)
        /// The event that ends a stream passed, or an error event, which ends it as well.
        case terminal(isError: Bool)
        /// The provider's body ended as its framing says; with a failure where its content did not.
        case answerEnded(RelayFailure?)
        /// The provider's connection broke, or what came was no answer.
        case providerLost(RelayFailure)
        /// The provider kept silent longer than this phase allows.
        case timedOut
        /// Everything written so far was acknowledged by the client (for an answer that failed: or there
        /// was no more time to wait for that); where acknowledgements cannot be read, the kernel has it.
        case delivered
        /// The client's connection ended. With `hasAll` it has acknowledged the answer up to its end.
        case clientGone(hasAll: Bool)
        /// The drain time is over.
        case drainDeadline
    }

    /// What to do with the provider.
    enum ProviderStep: Equatable, Sendable {
        case nothing
        /// Get a connection; a fresh one after a kept-alive connection turned out dead.
        case dial(fresh: Bool)
        case send
        /// Abort whatever there is: a dial, a handshake, a connection.
        case close
        /// Nobody waits for the answer, but it costs: have it read to its end for the usage in it.
        case readOn
        /// The answer is over: the connection can serve another request.
        case release
    }

    /// What to tell the client.
    enum ClientStep: Equatable, Sendable {
        case nothing
        /// The provider's head, then its body.
        case relayHead
        /// An answer of our own.
        case refuse(RelayFailure)
        /// The end of an answer that broke off: an error event and a proper end where the framing
        /// allows it, else the connection's end.
        case breakOff(RelayFailure)
        /// A proper end of the body.
        case endBody
    }

    /// What to do about one event.
    struct Step: Equatable, Sendable {
        var provider = ProviderStep.nothing
        var client = ClientStep.nothing
        var settlement: Verdict?
    }

    init(readsOn: Bool = false) { self.readsOn = readsOn }

    /// Nothing is left to do.
    var isDone: Bool { phase == .done }

    /// How it will be settled, while that waits for `delivered`.
    var pendingVerdict: Verdict? {
        guard case .concluding(let conclusion) = phase, !conclusion.isSettled else { return nil }
        return conclusion.verdict
    }

    /// The provider's answer is being passed on.
    var isRelaying: Bool { phase == .relaying }

    /// Takes an event. One that means nothing in the present phase gives an empty step.
    mutating func handle(_ event: Event) -> Step {
        switch (phase, event) {
        case (.done, _): return Step()
        case (.concluding(let conclusion), _): return conclude(conclusion, event)
        case (.abandoned(let verdict), .admission(let answer)):
            phase = .done
            return Step(settlement: answer == .refused ? nil : verdict)
        case (.abandoned, _): return Step()
        case (.admitting, .clientGone):
            phase = .abandoned(verdict(.clientGone))
            return Step()
        case (.admitting, .drainDeadline):
            status = RelayFailure.drained.answer.status
            phase = .abandoned(verdict(.drained, .drained))
            return Step(client: .refuse(.drained))
        case (.dialling, .clientGone):
            phase = .done
            return Step(provider: .close, settlement: verdict(.clientGone))
        case (.awaitingHead, .clientGone), (.relaying, .clientGone):
            phase = .done
            return Step(provider: readsOn ? .readOn : .close, settlement: verdict(.clientGone))
        case (.admitting, .admission(let answer)): return admit(answer)
        case (.dialling, .connected(let reused)):
            phase = .awaitingHead(reused: reused)
            return Step(provider: .send)
        case (.dialling, .connectFailed(let failure)): return refuse(failure)
        case (.dialling, .timedOut): return refuse(.connectTimedOut)
        case (.dialling, .drainDeadline): return refuse(.drained)
        case (.awaitingHead, .head(let status)):
            self.status = status
            phase = .relaying
            return Step(client: .relayHead)
        case (.awaitingHead(let reused), .providerLost(let failure)):
            guard reused, failure == .providerClosed, !hasRetried else { return refuse(failure) }
            hasRetried = true
            phase = .dialling
            return Step(provider: .dial(fresh: true))
        case (.awaitingHead, .timedOut): return refuse(.headTimedOut)
        case (.awaitingHead, .drainDeadline): return refuse(.drained)
        case (.relaying, _): return relay(event)
        case (.admitting, _), (.dialling, _), (.awaitingHead, _): return Step()
        }
    }

    private mutating func admit(_ answer: UsageSender.Admission) -> Step {
        switch answer {
        case .queued:
            phase = .dialling
            return Step(provider: .dial(fresh: false))
        case .refused:
            // No record of it exists, so there is nothing to settle.
            phase = .done
            return Step(client: .refuse(.overloaded))
        case .cut:
            return refuse(.overloaded)
        }
    }

    /// No answer has begun: one of our own, and the end.
    private mutating func refuse(_ failure: RelayFailure) -> Step {
        phase = .done
        status = failure.answer.status
        return Step(
            provider: .close, client: .refuse(failure),
            settlement: verdict(failure.outcome, failure))
    }

    private mutating func relay(_ event: Event) -> Step {
        switch event {
        case .terminal(let isError):
            phase = .concluding(
                Conclusion(verdict: successVerdict(isError: isError), isEnded: false))
            return Step()
        case .answerEnded(let failure):
            let verdict =
                failure.map { self.verdict($0.outcome, $0) } ?? successVerdict(isError: false)
            phase = .concluding(Conclusion(verdict: verdict, isEnded: true))
            return Step(provider: .release, client: .endBody)
        case .providerLost(let failure): return breakOff(failure)
        case .timedOut: return breakOff(.silent)
        case .drainDeadline: return breakOff(.drained)
        case .admission, .connected, .connectFailed, .head, .delivered, .clientGone: return Step()
        }
    }

    private mutating func breakOff(_ failure: RelayFailure) -> Step {
        let verdict = verdict(failure.outcome, failure)
        phase = .concluding(Conclusion(verdict: verdict, isEnded: true))
        return Step(provider: .close, client: .breakOff(failure))
    }

    private mutating func conclude(_ conclusion: Conclusion, _ event: Event) -> Step {
        var next = conclusion
        var step = Step()
        switch event {
        case .delivered:
            if !next.isSettled { step.settlement = next.verdict }
            next.isSettled = true
        case .clientGone(let hasAll):
            // What was decided by the provider's or the operator's doing stays; an answer that went
            // well did not reach a client that left before it had acknowledged its end.
            step.provider = conclusion.isEnded ? .nothing : .close
            if !next.isSettled {
                step.settlement =
                    next.verdict.outcome == .completed && !hasAll
                    ? verdict(.clientGone) : next.verdict
            }
            next.isSettled = true
            next.isEnded = true
        case .answerEnded where !next.isEnded:
            step = Step(provider: .release, client: .endBody)
            next.isEnded = true
        case .providerLost where !next.isEnded, .timedOut where !next.isEnded,
            .drainDeadline where !next.isEnded:
            // The terminal event has passed: nothing of the answer is missing.
            step = Step(provider: .close, client: .endBody)
            next.isEnded = true
        default: break
        }
        phase = next.isSettled && next.isEnded ? .done : .concluding(next)
        return step
    }

    private func successVerdict(isError: Bool) -> Verdict {
        verdict(isError || status >= 300 ? .providerError : .completed)
    }

    private func verdict(_ outcome: Outcome, _ failure: RelayFailure? = nil) -> Verdict {
        Verdict(outcome: outcome, failure: failure, status: status)
    }
}
