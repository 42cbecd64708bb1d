/// Anthropic's `POST /v1/messages`.
struct Messages {
    let query: Query
    let directives: Directives
    private let draft: Draft

    init(_ query: Query, _ directives: Directives) {
        self.query = query
        var single = directives
        single.choices = 1
        self.directives = single
        draft = Draft(single, echoing: query.text)
    }

    /// Input excludes what the cache gave.
    private func usage(output: Int) -> JSON {
        [
            "input_tokens": .int(draft.promptTokens - draft.cachedTokens),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": .int(draft.cachedTokens),
            "cache_creation": ["ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0],
            "output_tokens": .int(output), "service_tier": "standard",
        ]
    }

    private func message(content: [JSON], stop: JSON, output: Int) -> JSON {
        [
            "id": .string("msg_mock\(directives.seed)"), "type": "message", "role": "assistant",
            "model": .string(query.model), "content": .array(content), "stop_reason": stop,
            "stop_sequence": .null, "usage": usage(output: output),
        ]
    }

    private var stop: JSON { directives.callsTool ? "tool_use" : "end_turn" }

    func whole() -> JSON {
        var content: [JSON] = []
        if !draft.reasoning.isEmpty {
            content.append([
                "type": "thinking", "thinking": .string(draft.reasoning.joined()),
                "signature": "bW9jaw==",
            ])
        }
        if directives.callsTool {
            content.append([
                "type": "tool_use", "id": .string("toolu_mock\(directives.seed)"),
                "name": .string(Draft.toolName), "input": ["query": .string(draft.toolQuery)],
            ])
        } else {
            content.append(["type": "text", "text": .string(draft.texts.first?.joined() ?? "")])
        }
        return message(content: content, stop: stop, output: draft.completionTokens)
    }

    // MARK: Stream

    func events() -> [ServerSentEvent] {
        // The first count is a placeholder; later ones replace it.
        let start = message(content: [], stop: .null, output: 1)
        var events = [event("message_start", [("message", start)])]
        var index = 0
        if !draft.reasoning.isEmpty {
            let deltas =
                draft.reasoning.map { ["type": "thinking_delta", "thinking": .string($0)] as JSON }
                + [["type": "signature_delta", "signature": "bW9jaw=="]]
            events += block(index, ["type": "thinking", "thinking": "", "signature": ""], deltas)
            index += 1
        }
        if directives.callsTool {
            let opening: JSON = [
                "type": "tool_use", "id": .string("toolu_mock\(directives.seed)"),
                "name": .string(Draft.toolName), "input": [:],
            ]
            events += block(
                index, opening,
                draft.arguments.map { ["type": "input_json_delta", "partial_json": .string($0)] })
        } else {
            events += block(
                index, ["type": "text", "text": ""],
                (draft.texts.first ?? []).map { ["type": "text_delta", "text": .string($0)] })
        }
        if directives.faults.contains(.usageEarly) {
            events.insert(delta(.null), at: events.count / 2)
        }
        events.append(delta(stop))
        if !directives.faults.contains(.noDone) { events.append(event("message_stop", [])) }
        return events
    }

    private func delta(_ stop: JSON) -> ServerSentEvent {
        event(
            "message_delta",
            [
                ("delta", ["stop_reason": stop, "stop_sequence": .null]),
                ("usage", ["output_tokens": .int(draft.completionTokens)]),
            ])
    }

    private func block(_ index: Int, _ opening: JSON, _ deltas: [JSON]) -> [ServerSentEvent] {
        [event("content_block_start", [("index", .int(index)), ("content_block", opening)])]
            + deltas.map {
                event("content_block_delta", [("index", .int(index)), ("delta", $0)])
            } + [event("content_block_stop", [("index", .int(index))])]
    }

    private func event(_ name: String, _ members: [(String, JSON)]) -> ServerSentEvent {
        ServerSentEvent(name, .object([("type", .string(name))] + members))
    }
}
