/// OpenAI's `POST /v1/chat/completions`.
struct ChatCompletions {
    let query: Query
    let directives: Directives
    private let draft: Draft

    init(_ query: Query, _ directives: Directives) {
        self.query = query
        self.directives = directives
        draft = Draft(directives, echoing: query.text)
    }

    private var usage: JSON {
        [
            "prompt_tokens": .int(draft.promptTokens),
            "completion_tokens": .int(draft.completionTokens),
            "total_tokens": .int(draft.promptTokens + draft.completionTokens),
            "prompt_tokens_details": [
                "cached_tokens": .int(draft.cachedTokens), "audio_tokens": 0,
            ],
            "completion_tokens_details": [
                "reasoning_tokens": .int(draft.reasoning.count), "audio_tokens": 0,
                "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
            ],
        ]
    }

    private var identity: [(String, JSON)] {
        [
            ("id", .string("chatcmpl-mock\(directives.seed)")),
            ("created", 1_750_000_000), ("model", .string(query.model)),
            ("service_tier", "default"), ("system_fingerprint", "fp_mock"),
        ]
    }

    // MARK: Whole

    func whole() -> JSON {
        let choices = (0..<max(1, draft.texts.count)).map { index in
            JSON.object([
                ("index", .int(index)), ("message", message(index)), ("logprobs", .null),
                ("finish_reason", directives.callsTool ? "tool_calls" : "stop"),
            ])
        }
        return .object(
            [("object", "chat.completion")] + identity
                + [("choices", .array(choices)), ("usage", usage)])
    }

    private func message(_ index: Int) -> JSON {
        var members: [(String, JSON)] = [("role", "assistant")]
        if !draft.reasoning.isEmpty {
            members.append(("reasoning_content", .string(draft.reasoning.joined())))
        }
        if directives.callsTool {
            let call: JSON = [
                "id": .string("call_mock\(directives.seed)"), "type": "function",
                "function": [
                    "name": .string(Draft.toolName), "arguments": .string(draft.arguments.joined()),
                ],
            ]
            members += [("content", .null), ("tool_calls", [call])]
        } else {
            members.append(("content", .string(draft.texts[index].joined())))
        }
        return .object(members + [("refusal", .null)])
    }

    // MARK: Stream

    func events() -> [ServerSentEvent] {
        var deltas: [(Int, JSON)] = (0..<max(1, draft.texts.count)).map { index in
            (index, ["role": "assistant", "content": directives.callsTool ? .null : ""])
        }
        deltas += draft.reasoning.map { (0, ["reasoning_content": .string($0)]) }
        deltas += contentDeltas()
        var events: [ServerSentEvent] = []
        if directives.faults.contains(.choicesEmpty) { events.append(promptFilter()) }
        let usagePosition = directives.faults.contains(.usageEarly) ? deltas.count / 2 : nil
        for (position, delta) in deltas.enumerated() {
            let early: JSON? = position == usagePosition ? usage : nil
            events.append(chunk([choice(delta.0, delta.1, finish: nil)], usage: early))
        }
        for index in 0..<max(1, draft.texts.count) {
            let finish: JSON = directives.callsTool ? "tool_calls" : "stop"
            events.append(chunk([choice(index, [:], finish: finish)]))
        }
        if query.includesUsage, usagePosition == nil { events.append(chunk([], usage: usage)) }
        if !directives.faults.contains(.noDone) { events.append(.done) }
        return events
    }

    private func contentDeltas() -> [(Int, JSON)] {
        guard directives.callsTool else {
            // Choices take turns, as the API interleaves them.
            return (0..<(draft.texts.first?.count ?? 0)).flatMap { chunk in
                draft.texts.enumerated().map {
                    ($0.offset, ["content": .string($0.element[chunk])])
                }
            }
        }
        let first: JSON = [
            "tool_calls": [
                [
                    "index": 0, "id": .string("call_mock\(directives.seed)"), "type": "function",
                    "function": ["name": .string(Draft.toolName), "arguments": ""],
                ]
            ]
        ]
        return [(0, first)]
            + draft.arguments.map { part in
                let call: JSON = ["index": 0, "function": ["arguments": .string(part)]]
                return (0, ["tool_calls": [call]])
            }
    }

    private func choice(_ index: Int, _ delta: JSON, finish: JSON?) -> JSON {
        [
            "index": .int(index), "delta": delta, "logprobs": .null,
            "finish_reason": finish ?? .null,
        ]
    }

    private func chunk(_ choices: [JSON], usage: JSON? = nil) -> ServerSentEvent {
        var members = [("object", "chat.completion.chunk")] + identity
        members.append(("choices", .array(choices)))
        if let usage {
            members.append(("usage", usage))
        } else if query.includesUsage {
            members.append(("usage", .null))
        }
        if directives.obfuscates { members.append(("obfuscation", "k3vQpX0aZ")) }
        return ServerSentEvent(nil, .object(members))
    }

    private func promptFilter() -> ServerSentEvent {
        ServerSentEvent(
            nil,
            [
                "id": "", "object": "", "created": 0, "model": "", "choices": [],
                "prompt_filter_results": [
                    [
                        "prompt_index": 0,
                        "content_filter_results": [
                            "hate": ["filtered": false, "severity": "safe"]
                        ],
                    ]
                ],
            ])
    }
}
