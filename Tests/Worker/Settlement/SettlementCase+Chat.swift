import IPC

extension SettlementCase {
    /// A chunk of a chat stream.
    private static func chunk(_ members: String) -> String {
        #"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"#
            + #""model":"gpt-x","# + members + "}\n\n"
    }

    private static func delta(
        _ members: String, choice: Int = 0, usage: String? = "null", finish: String = "null"
    ) -> String {
        chunk(
            #""choices":[{"index":\#(choice),"delta":{\#(members)},"logprobs":null,"#
                + #""finish_reason":\#(finish)}]"# + (usage.map { #","usage":\#($0)"# } ?? ""))
    }

    private static func text(_ text: String, choice: Int = 0, usage: String? = "null") -> String {
        delta(#""content":"\#(text)""#, choice: choice, usage: usage)
    }

    private static func usage(_ prompt: String, _ completion: String, _ more: String = "") -> String
    {
        #"{"prompt_tokens":\#(prompt),"completion_tokens":\#(completion)\#(more)}"#
    }

    private static func lastUsage(_ prompt: String, _ completion: String) -> String {
        chunk(#""choices":[],"usage":\#(usage(prompt, completion))"#)
    }

    private static let role = delta(#""role":"assistant","content":"","refusal":null"#)
    private static let stop = delta("", finish: #""stop""#)
    private static let done = "data: [DONE]\n\n"
    private static let noEnd = "no_terminal_event"

    static let chat: [SettlementCase] = [
        SettlementCase(
            name: "as OpenAI documents it, with details",
            events: [
                role, text(" one"), text(" two"), stop,
                chunk(
                    #""service_tier":"flex","choices":[],"usage":"#
                        + usage(
                            "11", "70",
                            #","prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},"#
                                + #""completion_tokens_details":{"reasoning_tokens":64,"#
                                + #""rejected_prediction_tokens":2}"#)),
                done,
            ],
            expected: Expected(
                prompt: 11, completion: 70, texts: [" one two"], cached: 4, reasoning: 64,
                tier: "flex", events: 6)),
        SettlementCase(
            name: "[DONE] is missing, usage is there",
            events: [text(" one"), stop, lastUsage("11", "1")],
            expected: Expected(prompt: 11, completion: 1, texts: [" one"])),
        SettlementCase(
            name: "[DONE] and usage are missing", events: [text(" one"), stop],
            expected: Expected(outcome: .providerFailed, reason: noEnd, texts: [" one"])),
        SettlementCase(
            name: "a bare end of file behind content", events: [text(" one"), text(" two")],
            ending: .endOfFile,
            expected: Expected(
                outcome: .providerFailed, reason: "truncated", texts: [" one two"])),
        SettlementCase(
            name: "a bare end of file within an event", events: [text(" one")],
            tail: #"data: {"choices":[{"index":0,"delta":{"#, ending: .endOfFile,
            expected: Expected(outcome: .providerFailed, reason: "truncated", texts: [" one"])),
        SettlementCase(
            name: "a bare end of file behind the last usage",
            events: [text(" one"), stop, lastUsage("11", "1")], ending: .endOfFile,
            expected: Expected(prompt: 11, completion: 1, texts: [" one"])),
        SettlementCase(
            name: "a bare end of file behind usage that came with content",
            events: [text(" one", usage: usage("11", "1"))], ending: .endOfFile,
            expected: Expected(
                outcome: .providerFailed, reason: "truncated", prompt: 11, completion: 1,
                texts: [" one"])),
        SettlementCase(
            name: "a reset behind the last usage",
            events: [text(" one"), stop, lastUsage("11", "1")], ending: .reset,
            expected: Expected(
                outcome: .providerFailed, reason: "provider_closed", prompt: 11, completion: 1,
                texts: [" one"])),
        SettlementCase(
            name: "a reset in mid-stream", events: [text(" one")], ending: .reset,
            expected: Expected(
                outcome: .providerFailed, reason: "provider_closed", texts: [" one"])),
        SettlementCase(
            name: "an error inside a 200",
            events: [
                text(" one"),
                #"data: {"error":{"code":502,"message":"upstream"},"choices":[]}"# + "\n\n",
            ], expected: Expected(outcome: .providerError, texts: [" one"])),
        SettlementCase(
            name: "an error inside a 200, and [DONE] behind it",
            events: [
                text(" one"), #"data: {"error":{"message":"overloaded","code":529}}"# + "\n\n",
                done,
            ], expected: Expected(outcome: .providerError, texts: [" one"])),
        SettlementCase(
            name: "usage on a chunk that is not the last, null on all later ones",
            events: [
                text(" one"), text(" two", usage: usage("5", "3")), text(" three"), stop, done,
            ], expected: Expected(prompt: 5, completion: 3, texts: [" one two three"])),
        SettlementCase(
            name: "cumulative usage in every chunk is set, not added",
            events: (1...4).map { text(" word", usage: usage("9", "\($0)")) }
                + [lastUsage("9", "4"), done],
            expected: Expected(prompt: 9, completion: 4, texts: [" word word word word"])),
        SettlementCase(
            name: "cumulative usage of a stream that is cut",
            events: (1...3).map { text(" word", usage: usage("9", "\($0)")) }, ending: .reset,
            expected: Expected(
                outcome: .providerFailed, reason: "provider_closed", prompt: 9, completion: 3,
                texts: [" word word word"])),
        SettlementCase(
            name: "the last usage beside choices that are not empty",
            events: [
                text(" one"), delta("", usage: usage("7", "1"), finish: #""stop""#), done,
            ], expected: Expected(prompt: 7, completion: 1, texts: [" one"])),
        SettlementCase(
            name: "explicit zeros are values",
            events: [
                text(
                    " one", usage: usage("7", "1", #","prompt_tokens_details":{"cached_tokens":3}"#)
                ),
                chunk(
                    #""choices":[],"usage":"#
                        + usage(
                            "0", "0",
                            #","prompt_tokens_details":{"cached_tokens":0},"#
                                + #""completion_tokens_details":{"reasoning_tokens":0}"#)), done,
            ],
            expected: Expected(
                prompt: 0, completion: 0, texts: [" one"], cached: 0, reasoning: 0)),
        SettlementCase(
            name: "of each field the last value that is not null counts",
            events: [
                text(
                    " one", usage: usage("5", "2", #","prompt_tokens_details":{"cached_tokens":4}"#)
                ),
                chunk(
                    #""choices":[],"usage":"#
                        + usage("null", "3", #","prompt_tokens_details":null"#)),
                lastUsage("6", "null"), done,
            ], expected: Expected(prompt: 6, completion: 3, texts: [" one"], cached: 4)),
        SettlementCase(
            name: "several choices, interleaved",
            events: [
                text(" hel", choice: 0), text(" wor", choice: 1), text("lo", choice: 0),
                text("ld", choice: 1), lastUsage("5", "2"), done,
            ], expected: Expected(prompt: 5, completion: 2, texts: [" hello", " world"])),
        SettlementCase(
            name: "a tool call whose arguments come in pieces",
            events: [
                delta(
                    #""role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","#
                        + #""type":"function","function":{"name":"get_weather","arguments":""}}]"#),
                delta(#""tool_calls":[{"index":0,"function":{"arguments":"{\"ci"}}]"#),
                delta(#""tool_calls":[{"index":0,"function":{"arguments":"ty\":\"Par"}}]"#),
                delta(#""tool_calls":[{"index":0,"function":{"arguments":"is\"}"}}]"#),
                delta("", finish: #""tool_calls""#), lastUsage("40", "12"), done,
            ],
            expected: Expected(
                prompt: 40, completion: 12, texts: ["get_weather", #"{"city":"Paris"}"#])),
        SettlementCase(
            name: "reasoning beside content",
            events: [
                delta(#""reasoning_content":" think""#), delta(#""reasoning_content":"ing""#),
                text(" one"),
                chunk(
                    #""choices":[],"usage":"#
                        + usage("5", "3", #","completion_tokens_details":{"reasoning_tokens":2}"#)),
                done,
            ],
            expected: Expected(
                prompt: 5, completion: 3, texts: [" thinking", " one"], reasoning: 2)),
        SettlementCase(
            name: "Azure's first chunk without choices",
            events: [
                #"data: {"choices":[],"created":0,"id":"","model":"","object":"","#
                    + #""prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}"#
                    + "\n\n", role, text(" one"),
                #"data: {"choices":[{"index":0,"finish_reason":null,"#
                    + #""content_filter_offsets":{"check_offset":1}}],"id":""}"# + "\n\n",
                lastUsage("5", "1"), done,
            ], expected: Expected(prompt: 5, completion: 1, texts: [" one"])),
        SettlementCase(
            name: "comments are no events",
            events: [
                ": OPENROUTER PROCESSING\n\n", text(" one"), ": OPENROUTER PROCESSING\n\n",
                lastUsage("5", "1"), done,
            ], expected: Expected(prompt: 5, completion: 1, texts: [" one"], events: 3)),
        SettlementCase(
            name: "a reset right behind [DONE], before its blank line",
            events: [text(" one"), lastUsage("5", "1"), "data: [DONE]\n"], ending: .reset,
            expected: Expected(prompt: 5, completion: 1, texts: [" one"])),
        SettlementCase(
            name: "a reset behind [DONE], without any usage",
            events: [text(" one"), done], ending: .reset,
            expected: Expected(texts: [" one"])),
        SettlementCase(
            name: "an end of file right behind [DONE], before its blank line",
            events: [text(" one"), "data: [DONE]\n"], ending: .endOfFile,
            expected: Expected(texts: [" one"])),
        SettlementCase(
            name: "[DONE] without a line end, and the end of the body", events: [text(" one")],
            tail: "data: [DONE]", expected: Expected(texts: [" one"])),
        SettlementCase(
            name: "[DONE] without a line end, and a bare end of file", events: [text(" one")],
            tail: "data: [DONE]", ending: .endOfFile, expected: Expected(texts: [" one"])),
        SettlementCase(
            name: "[DONE], and then the connection is held open",
            events: [text(" one"), lastUsage("5", "1"), done], ending: .held,
            expected: Expected(prompt: 5, completion: 1, texts: [" one"])),
        SettlementCase(
            name: "the client resets when it has read [DONE]",
            events: [text(" one"), lastUsage("5", "1"), done], ending: .clientReset,
            expected: Expected(prompt: 5, completion: 1, texts: [" one"])),
        SettlementCase(
            name: "the client resets when it has read [DONE], before its blank line",
            events: [text(" one"), "data: [DONE]\n"], ending: .clientReset,
            expected: Expected(texts: [" one"])),
        SettlementCase(
            name: "the client resets when it has read the end",
            events: [text(" one"), lastUsage("5", "1"), done], ending: .clientResetAfterEnd,
            expected: Expected(prompt: 5, completion: 1, texts: [" one"])),
        SettlementCase(
            name: "the client resets before the end", events: [text(" one")], ending: .clientReset,
            expected: Expected(outcome: .clientGone, texts: [" one"])),
        SettlementCase(
            name: "the client resets before the end, with cumulative usage",
            events: [text(" one", usage: usage("5", "1"))], ending: .clientReset,
            expected: Expected(
                outcome: .clientGone, prompt: 5, completion: 1, texts: [" one"])),
    ]
}
