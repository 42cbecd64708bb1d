@testable import WireFormat

// The shapes of recorded OpenAI-compatible answers; the complaints are those of the field notes.
extension AnswerCase {
    private static let head =
        #""id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","#

    /// One chat chunk.
    private static func chunk(_ members: String) -> String { "data: {\(head)\(members)}\n\n" }

    private static func delta(_ members: String, index: Int = 0, tail: String = "") -> String {
        chunk(
            #""choices":[{"index":\#(index),"delta":{\#(members)},"logprobs":null,"#
                + #""finish_reason":null}]\#(tail)"#)
    }

    static let chat: [AnswerCase] = [
        AnswerCase(
            name: "usage on the chunk that include_usage adds; obfuscation never counts",
            dialect: .chatCompletions,
            body: delta(
                #""role":"assistant","content":"","refusal":null"#,
                tail: #","service_tier":"default","usage":null,"obfuscation":"aaaa""#)
                + delta(#""content":"Grüße""#, tail: #","usage":null,"obfuscation":"bbbbbbbb""#)
                + delta(#""content":" \u00e9\ud83d\ude00\n\"\\\/ü""#, tail: #","usage":null"#)
                + chunk(
                    #""choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7,"#
                        + #""total_tokens":18,"prompt_tokens_details":{"cached_tokens":4,"#
                        + #""audio_tokens":0},"completion_tokens_details":{"#
                        + #""reasoning_tokens":0,"rejected_prediction_tokens":0}},"#
                        + #""obfuscation":"cc""#) + "data: [DONE]\n\n",
            content: [0: "Grüße é😀\n\"\\/ü"],
            kinds: [.ordinary, .ordinary, .ordinary, .usageOnly, .terminal],
            facts: {
                $0.promptTokens = 11
                $0.completionTokens = 7
                $0.cachedTokens = 4
                $0.reasoningTokens = 0
                $0.terminalSeen = true
                $0.tier = small("default")
            }),
        AnswerCase(
            name: "complaints 44, 45: Azure's first chunk has no choices and no usage",
            dialect: .chatCompletions,
            body: #"data: {"choices":[],"created":0,"id":"","model":"","object":"","#
                + #""prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}"#
                + "\n\n" + #"data: {"choices":[],"usage":null}"# + "\n\n"
                + #"data: {"choices":[{"index":0,"finish_reason":null,"#
                + #""content_filter_offsets":{"check_offset":1}}],"id":""}"# + "\n\n"
                + delta(#""content":"x""#) + "data: [DONE]\n\n",
            content: [0: "x"],
            kinds: [.ordinary, .ordinary, .ordinary, .ordinary, .terminal],
            facts: { $0.terminalSeen = true }),
        AnswerCase(
            name: "complaints 41, 43: usage beside choices, in a chunk that is not the last",
            dialect: .chatCompletions,
            body: delta(
                #""content":"a""#,
                tail: #","usage":{"prompt_tokens":5,"completion_tokens":1}"#)
                + delta(
                    #""content":"b""#,
                    tail: #","usage":{"prompt_tokens":5,"completion_tokens":2}"#)
                + delta("", tail: #","usage":null"#) + "data: [DONE]\n\n",
            content: [0: "ab"], kinds: [.ordinary, .ordinary, .ordinary, .terminal],
            facts: {
                $0.promptTokens = 5
                $0.completionTokens = 2
                $0.terminalSeen = true
            }),
        AnswerCase(
            name:
                "complaint 47: reasoning and tool calls count; a text under two names counts once",
            dialect: .chatCompletions,
            body: delta(#""reasoning":"hm ","reasoning_content":"hm ","content":null"#)
                + delta(#""reasoning_content":"so","reasoning":null"#)
                + delta(
                    #""tool_calls":[{"index":0,"id":"call_1","type":"function","function":"#
                        + #"{"name":"f","arguments":""}}]"#)
                + delta(
                    #""tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]"#)
                + delta(#""refusal":"No""#) + delta(#""function_call":{"name":"g"}"#),
            content: [0: #"hm sof{"a":1}Nog"#],
            kinds: [.ordinary, .ordinary, .ordinary, .ordinary, .ordinary, .ordinary]),
        AnswerCase(
            name: "several choices, and parts of content",
            dialect: .chatCompletions,
            body: delta(#""content":"a""#, index: 0) + delta(#""content":"b""#, index: 2)
                + delta(
                    #""content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]},"#
                        + #"{"type":"text","text":"u"}]"#, index: 1)
                + delta(
                    #""content":"c""#, index: 2),
            content: [0: "a", 1: "tu", 2: "bc"],
            kinds: [.ordinary, .ordinary, .ordinary, .ordinary]),
        AnswerCase(
            name: "complaint 62: an error object inside a 200",
            dialect: .chatCompletions,
            body: delta(#""content":"a""#)
                + #"data: {"error":{"code":502,"message":"x"},"choices":[]}"# + "\n\n",
            content: [0: "a"], kinds: [.ordinary, .error], facts: { $0.errorSeen = true }),
        AnswerCase(
            name: "error null is no error",
            dialect: .chatCompletions,
            body: #"data: {"error":null,"choices":[{"index":0,"delta":{"content":"a"}}]}"#
                + "\n\n", content: [0: "a"], kinds: [.ordinary]),
        AnswerCase(
            name: "completions, and values that are no usage",
            dialect: .completions,
            body: #"data: {"choices":[{"text":"one ","index":0}],"usage":null}"# + "\n\n"
                + #"data: {"choices":[{"index":1,"text":"two"}]}"# + "\n\n"
                + #"data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":null,"#
                + #""prompt_tokens_details":{"cached_tokens":1.5}}}"# + "\n\ndata: [DONE]\n\n",
            content: [0: "one ", 1: "two"],
            kinds: [.ordinary, .ordinary, .usageOnly, .terminal],
            facts: {
                $0.promptTokens = 3
                $0.terminalSeen = true
            }),
    ]

    static let responses: [AnswerCase] = [
        AnswerCase(
            name: "a Responses stream: deltas once, usage in the final event, no [DONE]",
            dialect: .responses,
            body: event(
                "response.created",
                #""response":{"id":"resp_1","output":[],"usage":null,"error":null,"#
                    + #""service_tier":"auto"},"sequence_number":0"#)
                + event(
                    "response.output_item.added",
                    #""output_index":0,"item":{"id":"rs","type":"reasoning","summary":[]}"#)
                + event(
                    "response.reasoning_summary_text.delta",
                    #""item_id":"rs","output_index":0,"summary_index":0,"delta":"mull""#)
                + event(
                    "response.output_text.delta",
                    #""item_id":"msg","output_index":1,"content_index":0,"delta":"Hi 世","#
                        + #""logprobs":[],"obfuscation":"zzz","sequence_number":7"#)
                + event(
                    "response.output_text.done",
                    #""output_index":1,"text":"Hi 世","sequence_number":8"#)
                + event(
                    "response.output_item.added",
                    #""output_index":2,"item":{"type":"function_call","name":"f","#
                        + #""arguments":""}"#)
                + event(
                    "response.function_call_arguments.delta",
                    #""output_index":2,"delta":"{\"q\":2}""#)
                + event("response.audio.delta", #""output_index":3,"delta":"UklGRg==""#)
                + event(
                    "response.output_item.done",
                    #""output_index":2,"item":{"type":"function_call","name":"f","#
                        + #""arguments":"{\"q\":2}"}"#)
                + event(
                    "response.completed",
                    #""response":{"error":null,"service_tier":"flex","output":[{"content":["#
                        + #"{"type":"output_text","text":"Hi 世"}]}],"usage":{"#
                        + #""input_tokens":36,"input_tokens_details":{"cached_tokens":32},"#
                        + #""output_tokens":87,"output_tokens_details":{"reasoning_tokens":64},"#
                        + #""total_tokens":123}},"sequence_number":12"#),
            content: [0: "mull", 1: "Hi 世", 2: #"f{"q":2}"#],
            kinds: Array(repeating: .ordinary, count: 9) + [.terminal],
            facts: {
                $0.promptTokens = 36
                $0.cachedTokens = 32
                $0.completionTokens = 87
                $0.reasoningTokens = 64
                $0.sequenceNumber = 12
                $0.terminalSeen = true
                $0.tier = small("flex")
            }),
        AnswerCase(
            name: "Responses events without event: lines go by their type",
            dialect: .responses,
            body: #"data: {"type":"response.output_text.delta","delta":"x"}"# + "\n\n"
                + #"data: {"type":"response.incomplete","response":{}}"# + "\n\n",
            content: [0: "x"], kinds: [.ordinary, .terminal], facts: { $0.terminalSeen = true }),
        AnswerCase(
            name: "response.failed is terminal and an error", dialect: .responses,
            body: event("response.failed", #""response":{"error":{"code":"server_error"}}"#),
            kinds: [.error],
            facts: {
                $0.terminalSeen = true
                $0.errorSeen = true
            }),
        AnswerCase(
            name: "the Responses error event", dialect: .responses,
            body: event("error", #""code":"x","message":"y","param":null,"sequence_number":3"#),
            kinds: [.error],
            facts: {
                $0.errorSeen = true
                $0.sequenceNumber = 3
            }),
    ]

    /// One event with its name in both places, as Responses and Anthropic send it.
    static func event(_ type: String, _ members: String) -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\"\(members.isEmpty ? "" : ",")\(members)}\n\n"
    }

    static func small(_ text: String) -> SmallText {
        var small = SmallText()
        Array(text.utf8).withUnsafeBytes { small.append($0) }
        return small
    }
}
