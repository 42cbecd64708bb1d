import IPC

extension SettlementCase {
    private static func event(_ type: String, _ members: String) -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\"\(members.isEmpty ? "" : ",")\(members)}\n\n"
    }

    private static func text(_ text: String, block: Int = 0) -> String {
        event(
            "content_block_delta",
            #""index":\#(block),"delta":{"type":"text_delta","text":"\#(text)"}"#)
    }

    private static func block(_ index: Int, _ content: String) -> String {
        event("content_block_start", #""index":\#(index),"content_block":{\#(content)}"#)
    }

    private static func end(_ usage: String, reason: String = "end_turn") -> String {
        event(
            "message_delta",
            #""delta":{"stop_reason":"\#(reason)","stop_sequence":null},"usage":{\#(usage)}"#)
    }

    private static let start = event(
        "message_start",
        #""message":{"id":"msg_1","role":"assistant","content":[],"usage":{"input_tokens":25,"#
            + #""cache_creation_input_tokens":30,"cache_read_input_tokens":7,"cache_creation":{"#
            + #""ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":10},"#
            + #""output_tokens":2,"service_tier":"standard"}}"#)
    private static let ping = event("ping", "")
    private static let stop = event("message_stop", "")

    private static func expected(
        _ outcome: Outcome = .completed, _ reason: String? = nil, completion: UInt64? = nil,
        cached: UInt64 = 7, texts: [String] = [" one two"], reasoning: UInt64? = nil
    ) -> Expected {
        Expected(
            outcome: outcome, reason: reason, prompt: 25, completion: completion, texts: texts,
            cached: cached, write5m: 20, write1h: 10, reasoning: reasoning, tier: "standard")
    }

    static let messages: [SettlementCase] = [
        SettlementCase(
            name: "as Anthropic documents it, with pings", api: .messages,
            events: [
                start, ping, block(0, #""type":"text","text":"""#), text(" one"), ping,
                text(" two"), event("content_block_stop", #""index":0"#),
                end(#""output_tokens":15"#), stop,
            ], expected: expected(completion: 15)),
        SettlementCase(
            name: "thinking, whose signature is no text", api: .messages,
            events: [
                start, block(0, #""type":"thinking","thinking":"","signature":"""#),
                event(
                    "content_block_delta",
                    #""index":0,"delta":{"type":"thinking_delta","thinking":" hm"}"#),
                event(
                    "content_block_delta",
                    #""index":0,"delta":{"type":"signature_delta","signature":"EqQBabcdef"}"#),
                event("content_block_stop", #""index":0"#),
                block(1, #""type":"text","text":"""#), text(" one", block: 1),
                end(#""output_tokens":22,"output_tokens_details":{"thinking_tokens":5}"#), stop,
            ], expected: expected(completion: 22, texts: [" hm", " one"], reasoning: 5)),
        SettlementCase(
            name: "several message_delta are cumulative, and repeat the cache's numbers",
            api: .messages,
            events: [
                start, text(" one"), end(#""output_tokens":10"#, reason: "pause_turn"),
                text(" two"),
                end(
                    #""input_tokens":25,"cache_creation_input_tokens":30,"#
                        + #""cache_read_input_tokens":9,"output_tokens":22"#), stop,
            ], expected: expected(completion: 22, cached: 9)),
        SettlementCase(
            name: "null in a later usage changes nothing", api: .messages,
            events: [
                start, text(" one two"),
                end(
                    #""input_tokens":null,"cache_creation_input_tokens":null,"#
                        + #""cache_read_input_tokens":null,"output_tokens":4"#), stop,
            ], expected: expected(completion: 4)),
        SettlementCase(
            name: "a tool's input in pieces", api: .messages,
            events: [
                start, block(0, #""type":"tool_use","id":"toolu_1","name":"look","input":{}"#),
                event(
                    "content_block_delta",
                    #""index":0,"delta":{"type":"input_json_delta","partial_json":"{\"c\":"}"#),
                event(
                    "content_block_delta",
                    #""index":0,"delta":{"type":"input_json_delta","partial_json":"1}"}"#),
                end(#""output_tokens":12"#, reason: "tool_use"), stop,
            ], expected: expected(completion: 12, texts: ["look", #"{"c":1}"#])),
        SettlementCase(
            name: "overloaded_error inside a 200", api: .messages,
            events: [
                start, text(" one"), text(" two"),
                event("error", #""error":{"type":"overloaded_error","message":"Overloaded"}"#),
            ], expected: expected(.providerError)),
        SettlementCase(
            name: "overloaded_error, and then a reset", api: .messages,
            events: [
                start, text(" one"), text(" two"),
                event("error", #""error":{"type":"overloaded_error","message":"Overloaded"}"#),
            ], ending: .reset, expected: expected(.providerError)),
        SettlementCase(
            name: "the placeholder is no report: a reset", api: .messages,
            events: [start, text(" one"), text(" two")], ending: .reset,
            expected: expected(.providerFailed, "provider_closed")),
        SettlementCase(
            name: "the placeholder is no report: a bare end of file", api: .messages,
            events: [start, text(" one"), text(" two")], ending: .endOfFile,
            expected: expected(.providerFailed, "truncated")),
        SettlementCase(
            name: "the placeholder is no report: the client leaves", api: .messages,
            events: [start, text(" one"), text(" two")], ending: .clientReset,
            expected: expected(.clientGone)),
        SettlementCase(
            name: "the end of the body without message_stop", api: .messages,
            events: [start, text(" one two"), end(#""output_tokens":4"#)],
            expected: expected(.providerFailed, "no_terminal_event", completion: 4)),
        SettlementCase(
            name: "no total at all: the placeholder is not taken for one", api: .messages,
            events: [start, text(" one"), text(" two"), stop], expected: expected()),
        SettlementCase(
            name: "a reset behind message_stop", api: .messages,
            events: [start, text(" one two"), end(#""output_tokens":4"#), stop], ending: .reset,
            expected: expected(completion: 4)),
        SettlementCase(
            name: "the client resets when it has read message_stop", api: .messages,
            events: [start, text(" one two"), end(#""output_tokens":4"#), stop],
            ending: .clientReset, expected: expected(completion: 4)),
    ]
}
