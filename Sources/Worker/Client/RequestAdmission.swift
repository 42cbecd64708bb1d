import Configuration
import IPC
import NIOCore
import Tokenization
import WireFormat

/// Decides on a whole request: is it JSON, which provider serves its model, what is changed in it.
struct RequestAdmission {
    let core: WorkerCore

    /// Why a request is answered by the gateway itself.
    struct Refusal: Error, Equatable {
        var error: GatewayError
        /// The record's reason.
        var reason: StaticString { Self.reason(error, failure) }
        var failure: RelayFailure?
        var model = ""
        /// Whether a known client asked: then the refusal is on record.
        var isRecorded = true

        private static func reason(_ error: GatewayError, _ failure: RelayFailure?) -> StaticString
        {
            if let failure { return failure.reason }
            switch error {
            case .bodyTooLarge: return "body_too_large"
            case .missingModel: return "missing_model"
            case .overloaded: return "overloaded"
            default: return "bad_request"
            }
        }
    }

    func admit(
        _ request: IncomingRequest
    ) -> Result<(AcceptedRequest, ProviderRequest), Refusal> {
        let isKnown = request.keyName != nil
        var unread = UnreadPrompt()
        let facts: RequestFacts
        do throws(RequestScanner.Failure) {
            facts = try request.body.withUnsafeReadableBytes {
                bytes throws(RequestScanner.Failure) in
                try RequestScanner.scan(bytes, &unread)
            }
        } catch {
            return .failure(Refusal(error: .badJSON, isRecorded: isKnown))
        }
        guard let model = facts.model else {
            return .failure(Refusal(error: .missingModel, isRecorded: isKnown))
        }
        let decision: Router.Decision
        do throws(RelayFailure) {
            decision = try core.router.route(model: model, endpoint: request.endpoint)
        } catch {
            let answer: GatewayError = isKnown ? error.answer : .wrongKey
            return .failure(
                Refusal(error: answer, failure: error, model: model, isRecorded: isKnown))
        }
        let provider = core.targets[decision.provider].provider
        guard isKnown || provider.passthrough else {
            return .failure(Refusal(error: .wrongKey, isRecorded: false))
        }
        if isKnown, provider.passthrough {
            // A key of this gateway must not be shown to a provider, and there is no other.
            let failure = RelayFailure.passthroughNeedsOwnKey
            return .failure(Refusal(error: failure.answer, failure: failure, model: model))
        }
        return .success(accepted(request, facts, model, decision))
    }

    /// The prompt is read a second time, now that it is known which model's tokens are counted: the
    /// model can stand behind the messages.
    private func count(_ request: IncomingRequest, _ plan: CountPlan) -> RequestCount {
        var tally = RequestTally(plan, endpoint: request.endpoint)
        request.body.withUnsafeReadableBytes { _ = try? RequestScanner.scan($0, &tally) }
        return tally.finished()
    }

    private func accepted(
        _ request: IncomingRequest, _ facts: RequestFacts, _ model: String,
        _ decision: Router.Decision
    ) -> (AcceptedRequest, ProviderRequest) {
        let providerModel = decision.rename ?? model
        let provider = core.targets[decision.provider].provider
        let plan = core.countPlans.plan(for: providerModel, family: provider.family)
        let asksForUsage =
            facts.isStream && !facts.includesUsage && request.endpoint.takesStreamOptions
        var body = request.body
        if asksForUsage || decision.rename != nil {
            let edit = RequestEdit(model: decision.rename, includesUsage: asksForUsage)
            body = ByteBuffer(
                bytes: request.body.withUnsafeReadableBytes { edit.apply(to: $0, facts) })
        }
        let accepted = AcceptedRequest(
            keyName: request.keyName ?? "passthrough", endpoint: request.endpoint, model: model,
            provider: decision.provider, providerModel: providerModel,
            isStreaming: facts.isStream, hidesUsage: asksForUsage, prompt: count(request, plan),
            plan: plan, startedAt: request.startedAt, started: request.started)
        var outgoing = ProviderRequest(
            endpoint: request.endpoint, query: request.query, headers: request.headers,
            credential: request.keyName == nil ? request.credential : nil, body: body)
        outgoing.takeFault(from: request)
        return (accepted, outgoing)
    }

    /// Writes down a refusal. Where the books are too far behind, the log is all that knows of it.
    func record(_ request: IncomingRequest, _ refusal: Refusal) {
        let duration = core.clock.monotonic &- request.started
        let isRecorded = core.accounts.note(at: request.startedAt) { stream in
            let opened = StreamOpened(
                stream: stream, slot: nil, startedAt: request.startedAt,
                key: request.keyName ?? "passthrough", endpoint: request.endpoint,
                model: refusal.model, provider: nil, providerModel: nil, isStreaming: false)
            let settled = StreamSettled(
                stream: stream, sequence: 1, outcome: .rejected, status: refusal.error.status,
                durationNanoseconds: duration, reason: "\(refusal.reason)", usage: StreamUsage())
            return (opened, settled)
        }
        if !isRecorded { WorkerLog.write(.warning, "refusal_without_record") }
    }

    /// The gateway's own answer to a request to count tokens; nil where the provider gives one.
    func ownAnswer(_ request: AcceptedRequest) -> [UInt8]? {
        guard request.endpoint == .countTokens,
            core.targets[request.provider].provider.countTokens == .local
        else { return nil }
        return Array("{\"input_tokens\":\(request.prompt.tokens)}".utf8)
    }

    /// Writes down a request that the gateway answered itself.
    ///
    /// - Returns: false where the books are too far behind: then it must not be answered.
    func record(_ request: AcceptedRequest, answer: [UInt8]) -> Bool {
        let duration = core.clock.monotonic &- request.started
        return core.accounts.note(at: request.startedAt) { stream in
            let opened = StreamOpened(
                stream: stream, slot: nil, startedAt: request.startedAt, key: request.keyName,
                endpoint: request.endpoint, model: request.model,
                provider: core.targets[request.provider].provider.name,
                providerModel: request.providerModel, isStreaming: false,
                promptProduced: request.prompt.tokens, countSource: request.prompt.source,
                promptBasis: request.prompt.basis)
            var usage = StreamUsage()
            usage.chunksFlushed = 1
            usage.bytesFlushed = UInt64(answer.count)
            usage.promptProduced = request.prompt.tokens
            usage.countSource = request.prompt.source
            usage.firstByteNanoseconds = duration
            let settled = StreamSettled(
                stream: stream, sequence: 1, outcome: .completed, status: 200,
                durationNanoseconds: duration, reason: "counted_here", usage: usage)
            return (opened, settled)
        }
    }
}

/// A first reading finds the model, and leaves the prompt for a second one.
private struct UnreadPrompt: PromptVisitor {
    mutating func begin(_ element: PromptElement) {}
    mutating func end(_ element: PromptElement) {}
    mutating func text(_ kind: PromptText, _ utf8: UnsafeRawBufferPointer) {}
    mutating func textEnded(_ kind: PromptText) {}
    mutating func image(_ image: PromptImage) {}
    mutating func token() {}
    mutating func unmeasured() {}
}
