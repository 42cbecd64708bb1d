/// OpenAI's `POST /v1/completions`.
struct Completions {
    let query: Query
    let directives: Directives
    private let draft: Draft

    init(_ query: Query, _ directives: Directives) {
        self.query = query
        self.directives = directives
        var textual = directives
        textual.callsTool = false
        textual.reasons = false
        draft = Draft(textual, echoing: query.text)
    }

    private var usage: JSON {
        [
            "prompt_tokens": .int(draft.promptTokens),
            "completion_tokens": .int(draft.completionTokens),
            "total_tokens": .int(draft.promptTokens + draft.completionTokens),
        ]
    }

    private var identity: [(String, JSON)] {
        [
            ("id", .string("cmpl-mock\(directives.seed)")), ("object", "text_completion"),
            ("created", 1_750_000_000), ("model", .string(query.model)),
        ]
    }

    func whole() -> JSON {
        let choices = draft.texts.enumerated().map {
            choice($0.offset, $0.element.joined(), finish: "stop")
        }
        return .object(identity + [("choices", .array(choices)), ("usage", usage)])
    }

    func events() -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for chunk in 0..<(draft.texts.first?.count ?? 0) {
            for (index, texts) in draft.texts.enumerated() {
                events.append(event([choice(index, texts[chunk], finish: nil)]))
            }
        }
        for index in draft.texts.indices {
            events.append(event([choice(index, "", finish: "stop")]))
        }
        if query.includesUsage { events.append(event([], usage: usage)) }
        if !directives.faults.contains(.noDone) { events.append(.done) }
        return events
    }

    private func choice(_ index: Int, _ text: String, finish: JSON?) -> JSON {
        [
            "index": .int(index), "text": .string(text), "logprobs": .null,
            "finish_reason": finish ?? .null,
        ]
    }

    private func event(_ choices: [JSON], usage: JSON? = nil) -> ServerSentEvent {
        var members = identity + [("choices", .array(choices))]
        if let usage {
            members.append(("usage", usage))
        } else if query.includesUsage {
            members.append(("usage", .null))
        }
        return ServerSentEvent(nil, .object(members))
    }
}
