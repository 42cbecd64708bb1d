/// Which answer a request gets.
struct Provider {
    /// What the mock needs to know of a request to answer it.
    struct Request: Hashable, Sendable {
        var method: String
        /// Without the query.
        var path: String
        /// The value of the header `x-mock`.
        var directives: String
        /// The credential as it came; only `echo_key` and `redirect` look at it.
        var credential: String
        var query: Query?
    }

    /// Scripts made so far: a benchmark asks for the same one many times.
    private var made: [Request: Script] = [:]

    /// The script for a request; a request that the mock does not understand gets an error.
    mutating func script(for request: Request) -> Script {
        if let script = made[request] { return script }
        let script = Provider.make(request)
        if made.count >= 32 { made.removeAll() }
        // Large scripts are rare and would stay for good.
        if script.steps.count <= 20_000, !script.isLarge { made[request] = script }
        return script
    }

    private static func make(_ request: Request) -> Script {
        let family: Family =
            request.path.hasSuffix("/messages") || request.path.hasSuffix("/count_tokens")
            ? .anthropic : .openai
        let directives: Directives
        do { directives = try Directives(request.directives) } catch {
            return Script(failure(family, 400, "x-mock: \(error)"), Directives())
        }
        if directives.faults.contains(.status) {
            var answer = failure(family, directives.status, "The mock was asked to fail.")
            answer.headers.append(("Retry-After", String(directives.retryAfter)))
            return Script(answer, directives)
        }
        if directives.faults.contains(.echoKey), !directives.faults.contains(.errorEvent) {
            var answer = failure(family, 401, "Incorrect API key provided: \(request.credential)")
            answer.headers.append(("x-echo", request.credential))
            return Script(answer, directives)
        }
        if directives.faults.contains(.redirect) {
            var answer = failure(family, 307, "Moved.")
            answer.headers.append(("Location", "/elsewhere?key=\(request.credential)"))
            return Script(answer, directives)
        }
        return Script(answer(request, family, directives), directives)
    }

    private static func answer(
        _ request: Request, _ family: Family, _ directives: Directives
    ) -> Answer {
        if request.method == "GET", request.path.hasSuffix("/models") {
            let models = ["mock", "mock-large"].map {
                ["id": .string($0), "object": "model", "created": 0, "owned_by": "mock"] as JSON
            }
            return whole(["object": "list", "data": .array(models)])
        }
        guard request.method == "POST" else { return failure(family, 404, "No such endpoint.") }
        guard let query = request.query else { return failure(family, 400, "The body is no JSON.") }
        func choose(_ body: () -> JSON, _ events: () -> [ServerSentEvent]) -> Answer {
            query.streams ? stream(events(), family, request, directives) : whole(body())
        }
        switch request.path.split(separator: "/").last {
        case "completions" where request.path.hasSuffix("/chat/completions"):
            let chat = ChatCompletions(query, directives)
            return choose(chat.whole, chat.events)
        case "completions":
            let completions = Completions(query, directives)
            return choose(completions.whole, completions.events)
        case "embeddings":
            return whole(Embeddings.whole(query, directives))
        case "responses":
            let responses = Responses(query, directives)
            return choose(responses.whole, responses.events)
        case "messages":
            let messages = Messages(query, directives)
            return choose(messages.whole, messages.events)
        case "count_tokens":
            return whole(["input_tokens": .int(directives.promptTokens)])
        default:
            return failure(family, 404, "No such endpoint.")
        }
    }

    private static func whole(_ body: JSON) -> Answer {
        Answer(headers: common + [("Content-Type", "application/json")], body: .whole(body.text))
    }

    private static let common = [
        ("x-request-id", "req_mock"), ("openai-processing-ms", "1"),
        ("Keep-Alive", "timeout=60"),
    ]

    private static func failure(_ family: Family, _ status: Int, _ message: String) -> Answer {
        Answer(
            status: status, headers: [("Content-Type", "application/json")],
            body: .whole(family.error(status: status, message: message).text))
    }

    // MARK: Streams

    private static func stream(
        _ events: [ServerSentEvent], _ family: Family, _ request: Request,
        _ directives: Directives
    ) -> Answer {
        var events = events
        if directives.faults.contains(.errorEvent) {
            let position = min(directives.position ?? events.count / 2, events.count)
            events = events.prefix(position) + [errorEvent(family, request, position)]
        }
        var filler: ServerSentEvent?
        if directives.faults.contains(.comments) { filler = .comment("OPENROUTER PROCESSING") }
        if directives.faults.contains(.pings) {
            filler =
                family == .anthropic
                ? ServerSentEvent("ping", ["type": "ping"]) : .comment("ping")
        }
        if let filler { events = events.flatMap { [filler, $0] } }
        return Answer(
            headers: common + [
                ("Content-Type", "text/event-stream; charset=utf-8"), ("Cache-Control", "no-cache"),
            ], body: .events(events))
    }
}

extension Provider {
    /// The event with which a stream of that endpoint fails.
    private static func errorEvent(
        _ family: Family, _ request: Request, _ position: Int
    ) -> ServerSentEvent {
        // The credential is there only where `echo_key` asks for it, too.
        let message = request.credential.isEmpty ? "Overloaded" : "Bad key \(request.credential)"
        if request.path.hasSuffix("/responses") {
            return ServerSentEvent(
                "error",
                [
                    "type": "error", "sequence_number": .int(position), "code": "server_error",
                    "message": .string(message), "param": .null,
                ])
        }
        switch family {
        case .openai: return ServerSentEvent(nil, family.error(status: 500, message: message))
        case .anthropic:
            return ServerSentEvent("error", family.error(status: 529, message: message))
        }
    }
}

extension Script {
    fileprivate var isLarge: Bool {
        steps.contains {
            if case .send(let bytes, _) = $0 { bytes.capacity > 1 << 20 } else { false }
        }
    }
}
