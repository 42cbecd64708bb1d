import IPC

extension SettlementCase {
    private static func event(_ type: String, _ members: String) -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\",\(members)}\n\n"
    }

    private static func text(_ text: String, _ number: Int) -> String {
        event(
            "response.output_text.delta",
            #""item_id":"msg","output_index":1,"content_index":0,"delta":"\#(text)","#
                + #""logprobs":[],"obfuscation":"zzzz","sequence_number":\#(number)"#)
    }

    private static func end(_ type: String, _ usage: String, error: String = "null") -> String {
        event(
            type,
            #""response":{"id":"resp_1","error":\#(error),"service_tier":"default","output":["#
                + #"{"content":[{"type":"output_text","text":" one two"}]}],"usage":\#(usage)},"#
                + #""sequence_number":9"#)
    }

    private static let created = event(
        "response.created",
        #""response":{"id":"resp_1","output":[],"usage":null,"error":null,"#
            + #""service_tier":"auto"},"sequence_number":0"#)
    private static let usage =
        #"{"input_tokens":36,"input_tokens_details":{"cached_tokens":32},"output_tokens":87,"#
        + #""output_tokens_details":{"reasoning_tokens":64},"total_tokens":123}"#
    private static let reported = Expected(
        prompt: 36, completion: 87, texts: [" one two"], cached: 32, reasoning: 64,
        tier: "default")

    private static func cut(_ outcome: Outcome, _ reason: String?) -> Expected {
        Expected(outcome: outcome, reason: reason, texts: [" one two"], tier: "auto")
    }

    static let responses: [SettlementCase] = [
        SettlementCase(
            name: "completed", api: .responses,
            events: [
                created, text(" one", 1), text(" two", 2), end("response.completed", usage),
            ], expected: reported),
        SettlementCase(
            name: "completed, without the end of the body", api: .responses,
            events: [
                created, text(" one", 1), text(" two", 2), end("response.completed", usage),
            ], ending: .reset, expected: reported),
        SettlementCase(
            name: "completed, and the client resets", api: .responses,
            events: [
                created, text(" one", 1), text(" two", 2), end("response.completed", usage),
            ], ending: .clientReset, expected: reported),
        SettlementCase(
            name: "incomplete: the provider's own limit is an end like another", api: .responses,
            events: [
                created, text(" one", 1), text(" two", 2), end("response.incomplete", usage),
            ], expected: reported),
        SettlementCase(
            name: "failed is an error of the provider", api: .responses,
            events: [
                created, text(" one", 1), text(" two", 2),
                end(
                    "response.failed", "null",
                    error: #"{"code":"server_error","message":"The model failed"}"#),
            ],
            expected: Expected(
                outcome: .providerError, texts: [" one two"], tier: "default")),
        SettlementCase(
            name: "the error event", api: .responses,
            events: [
                created, text(" one", 1), text(" two", 2),
                event(
                    "error",
                    #""code":"server_error","message":"y","param":null,"sequence_number":3"#),
            ], expected: cut(.providerError, nil)),
        SettlementCase(
            name: "a bare end of file", api: .responses,
            events: [created, text(" one", 1), text(" two", 2)], ending: .endOfFile,
            expected: cut(.providerFailed, "truncated")),
        SettlementCase(
            name: "an end of the body without a final event", api: .responses,
            events: [created, text(" one", 1), text(" two", 2)],
            expected: cut(.providerFailed, "no_terminal_event")),
        SettlementCase(
            name: "a reset", api: .responses,
            events: [created, text(" one", 1), text(" two", 2)], ending: .reset,
            expected: cut(.providerFailed, "provider_closed")),
        SettlementCase(
            name: "the client leaves", api: .responses,
            events: [created, text(" one", 1), text(" two", 2)], ending: .clientReset,
            expected: cut(.clientGone, nil)),
        SettlementCase(
            name: "a call, and reasoning that is summed up", api: .responses,
            events: [
                created,
                event(
                    "response.reasoning_summary_text.delta",
                    #""item_id":"rs","output_index":0,"summary_index":0,"delta":" mull""#),
                event(
                    "response.output_item.added",
                    #""output_index":1,"item":{"type":"function_call","name":"look","#
                        + #""arguments":""}"#),
                event(
                    "response.function_call_arguments.delta",
                    #""output_index":1,"delta":"{\"q\":""#),
                event(
                    "response.function_call_arguments.delta",
                    #""output_index":1,"delta":"2}""#),
                event(
                    "response.output_item.done",
                    #""output_index":1,"item":{"type":"function_call","name":"look","#
                        + #""arguments":"{\"q\":2}"}"#),
                end("response.completed", usage),
            ],
            expected: Expected(
                prompt: 36, completion: 87, texts: [" mull", "look", #"{"q":2}"#], cached: 32,
                reasoning: 64, tier: "default")),
    ]
}
