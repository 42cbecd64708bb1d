/// OpenAI's `POST /v1/responses`: events with a sequence number, ended by `response.completed`.
struct Responses {
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

    private var usage: JSON {
        [
            "input_tokens": .int(draft.promptTokens),
            "input_tokens_details": ["cached_tokens": .int(draft.cachedTokens)],
            "output_tokens": .int(draft.completionTokens),
            "output_tokens_details": ["reasoning_tokens": .int(draft.reasoning.count)],
            "total_tokens": .int(draft.promptTokens + draft.completionTokens),
        ]
    }

    func whole() -> JSON { response(status: "completed", output: output(), usage: usage) }

    private func response(status: JSON, output: [JSON], usage: JSON) -> JSON {
        [
            "id": .string("resp_mock\(directives.seed)"), "object": "response",
            "created_at": 1_750_000_000, "status": status, "error": .null,
            "incomplete_details": .null,
            "instructions": .null, "max_output_tokens": .null, "model": .string(query.model),
            "output": .array(output), "parallel_tool_calls": true, "previous_response_id": .null,
            "service_tier": "default", "store": false, "temperature": 1,
            "text": [
                "format": ["type": "text"]
            ], "tool_choice": "auto", "tools": [], "top_p": 1, "truncation": "disabled",
            "usage": usage, "metadata": [:],
        ]
    }

    private var itemID: JSON {
        .string((directives.callsTool ? "fc_mock" : "msg_mock") + String(directives.seed))
    }

    private func output() -> [JSON] {
        var items: [JSON] = []
        if !draft.reasoning.isEmpty {
            items.append([
                "id": .string("rs_mock\(directives.seed)"), "type": "reasoning",
                "summary": [["type": "summary_text", "text": .string(draft.reasoning.joined())]],
            ])
        }
        return items + [item(status: "completed", complete: true)]
    }

    private func item(status: JSON, complete: Bool) -> JSON {
        if directives.callsTool {
            return [
                "id": itemID, "type": "function_call", "status": status,
                "arguments": .string(complete ? draft.arguments.joined() : ""),
                "call_id": .string("call_mock\(directives.seed)"), "name": .string(Draft.toolName),
            ]
        }
        return [
            "id": itemID, "type": "message", "status": status, "role": "assistant",
            "content": complete ? [part(text)] : [],
        ]
    }

    private var text: String { draft.texts.first?.joined() ?? "" }

    private func part(_ text: String) -> JSON {
        ["type": "output_text", "annotations": [], "logprobs": [], "text": .string(text)]
    }

    // MARK: Stream

    func events() -> [ServerSentEvent] {
        var list: [(String, [(String, JSON)])] = []
        let open = response(status: "in_progress", output: [], usage: .null)
        list.append(("response.created", [("response", open)]))
        list.append(("response.in_progress", [("response", open)]))
        list += reasoningEvents()
        let index = JSON.int(draft.reasoning.isEmpty ? 0 : 1)
        let added = item(status: "in_progress", complete: false)
        list.append(("response.output_item.added", [("output_index", index), ("item", added)]))
        list += directives.callsTool ? argumentEvents(index) : textEvents(index)
        let done = item(status: "completed", complete: true)
        list.append(("response.output_item.done", [("output_index", index), ("item", done)]))
        if !directives.faults.contains(.noDone) {
            list.append(("response.completed", [("response", whole())]))
        }
        return list.enumerated().map { number, event in
            ServerSentEvent(
                event.0,
                .object(
                    [("type", .string(event.0)), ("sequence_number", .int(number))] + event.1))
        }
    }

    private func reasoningEvents() -> [(String, [(String, JSON)])] {
        guard !draft.reasoning.isEmpty else { return [] }
        let id = JSON.string("rs_mock\(directives.seed)")
        let place: [(String, JSON)] = [
            ("item_id", id), ("output_index", 0), ("summary_index", 0),
        ]
        let empty: JSON = ["id": id, "type": "reasoning", "summary": []]
        let whole = draft.reasoning.joined()
        let summary: JSON = ["type": "summary_text", "text": .string(whole)]
        let full: JSON = ["id": id, "type": "reasoning", "summary": [summary]]
        return [
            ("response.output_item.added", [("output_index", 0), ("item", empty)]),
            (
                "response.reasoning_summary_part.added",
                place + [("part", ["type": "summary_text", "text": ""])]
            ),
        ]
            + draft.reasoning.map {
                ("response.reasoning_summary_text.delta", place + [("delta", .string($0))])
            } + [
                ("response.reasoning_summary_text.done", place + [("text", .string(whole))]),
                ("response.reasoning_summary_part.done", place + [("part", summary)]),
                ("response.output_item.done", [("output_index", 0), ("item", full)]),
            ]
    }

    private func textEvents(_ index: JSON) -> [(String, [(String, JSON)])] {
        let place: [(String, JSON)] = [
            ("item_id", itemID), ("output_index", index), ("content_index", 0),
        ]
        return [("response.content_part.added", place + [("part", part(""))])]
            + (draft.texts.first ?? []).map {
                var members = place + [("delta", .string($0)), ("logprobs", [])]
                if directives.obfuscates { members.append(("obfuscation", "k3vQpX0aZ")) }
                return ("response.output_text.delta", members)
            } + [
                (
                    "response.output_text.done",
                    place + [("text", .string(text)), ("logprobs", [])]
                ),
                ("response.content_part.done", place + [("part", part(text))]),
            ]
    }

    private func argumentEvents(_ index: JSON) -> [(String, [(String, JSON)])] {
        let place: [(String, JSON)] = [("item_id", itemID), ("output_index", index)]
        let whole = JSON.string(draft.arguments.joined())
        return draft.arguments.map {
            ("response.function_call_arguments.delta", place + [("delta", .string($0))])
        } + [
            (
                "response.function_call_arguments.done",
                place + [("name", .string(Draft.toolName)), ("arguments", whole)]
            )
        ]
    }
}
