@testable import WireFormat

extension AnswerCase {
    static let anthropic: [AnswerCase] = [
        AnswerCase(
            name: "complaints 34-36, 39: cumulative usage is set, never added",
            dialect: .messages,
            body: event(
                "message_start",
                #""message":{"id":"msg_1","role":"assistant","content":[],"usage":{"#
                    + #""input_tokens":14,"cache_creation_input_tokens":30,"#
                    + #""cache_read_input_tokens":7,"cache_creation":{"#
                    + #""ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":10},"#
                    + #""output_tokens":1,"service_tier":"standard"}}"#)
                + event(
                    "content_block_start",
                    #""index":0,"content_block":{"type":"thinking","thinking":"","#
                        + #""signature":""}"#)
                + event("ping", "")
                + event(
                    "content_block_delta",
                    #""index":0,"delta":{"type":"thinking_delta","thinking":"Let me"}"#)
                + event(
                    "content_block_delta",
                    #""index":0,"delta":{"type":"signature_delta","signature":"EqQB"}"#)
                + event("content_block_stop", #""index":0"#)
                + event(
                    "content_block_start", #""index":1,"content_block":{"type":"text","text":""}"#)
                + event(
                    "content_block_delta",
                    #""index":1,"delta":{"type":"text_delta","text":"Olá"}"#)
                + event(
                    "content_block_delta",
                    #""index":1,"delta":{"type":"citations_delta","citation":{"#
                        + #""cited_text":"no","type":"char_location"}}"#)
                + event(
                    "content_block_start",
                    #""index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"w","#
                        + #""input":{}}"#)
                + event(
                    "content_block_delta",
                    #""index":2,"delta":{"type":"input_json_delta","partial_json":"{\"c\":"}"#)
                + event(
                    "content_block_delta",
                    #""index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}"#)
                + event(
                    "message_delta",
                    #""delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"#
                        + #""output_tokens":15}"#)
                + event(
                    "message_delta",
                    #""delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":14,"#
                        + #""cache_creation_input_tokens":30,"cache_read_input_tokens":9,"#
                        + #""output_tokens":22,"output_tokens_details":{"thinking_tokens":5}}"#)
                + event("message_stop", ""),
            content: [0: "Let me", 1: "Olá", 2: #"w{"c":1}"#],
            kinds: Array(repeating: .ordinary, count: 14) + [.terminal],
            facts: {
                $0.promptTokens = 14
                $0.completionTokens = 22
                $0.cachedTokens = 9
                $0.cacheWrite5mTokens = 20
                $0.cacheWrite1hTokens = 10
                $0.reasoningTokens = 5
                $0.terminalSeen = true
                $0.tier = small("standard")
            }),
        AnswerCase(
            name: "cache writes given as a sum only; explicit zeros are values; null is none",
            dialect: .messages,
            body: event(
                "message_start",
                #""message":{"usage":{"input_tokens":0,"cache_creation_input_tokens":8,"#
                    + #""cache_read_input_tokens":null,"output_tokens":3,"service_tier":null}}"#)
                + event("message_delta", #""delta":{},"usage":{"output_tokens":0}"#),
            kinds: [.ordinary, .ordinary],
            facts: {
                $0.promptTokens = 0
                $0.completionTokens = 0
                $0.cacheWrite5mTokens = 8
            }),
        AnswerCase(
            name: "the first event's output tokens are a placeholder, and no report",
            dialect: .messages,
            body: event(
                "message_start",
                #""message":{"usage":{"output_tokens":3,"input_tokens":14,"#
                    + #""output_tokens_details":{"thinking_tokens":0}}}"#),
            kinds: [.ordinary],
            facts: {
                $0.promptTokens = 14
                $0.reasoningTokens = 0
            }),
        AnswerCase(
            name: "complaint 62: an error event inside a 200", dialect: .messages,
            body: event(
                "content_block_delta", #""index":0,"delta":{"type":"text_delta","text":"a"}"#)
                + event(
                    "error", #""error":{"type":"overloaded_error","message":"Overloaded"}"#),
            content: [0: "a"], kinds: [.ordinary, .error], facts: { $0.errorSeen = true }),
        AnswerCase(
            name: "an event's name stands where its data is not JSON", dialect: .messages,
            body: "event: message_stop\ndata: {\n\nevent: error\ndata: oops\n\n",
            kinds: [.terminal, .error],
            facts: {
                $0.terminalSeen = true
                $0.errorSeen = true
                $0.malformedEvents = 2
            }),
    ]
}
