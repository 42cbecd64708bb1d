@testable import WireFormat

// How event streams are written by different servers.
extension AnswerCase {
    private static func text(_ text: String) -> String {
        #"{"choices":[{"index":0,"delta":{"content":"\#(text)"}}]}"#
    }

    static let framing: [AnswerCase] = [
        AnswerCase(
            name: "complaint 59: data without a space, over several lines, among other fields",
            dialect: .chatCompletions,
            body: "data:\(text("a"))\nid: 7\nretry: 10\nfoo: bar\nfoo\n\n"
                + "data: {\"choices\":[{\"index\":0,\ndata:\ndata:\"delta\":\n"
                + "data: {\"content\":\"b\"}}]}\n\n",
            content: [0: "ab"], kinds: [.ordinary, .ordinary]),
        AnswerCase(
            name: "complaint 60: comments and pings", dialect: .chatCompletions,
            body: ": OPENROUTER PROCESSING\n\n:\n\n: ping\n" + "data: \(text("a"))\n: within\n\n"
                + "event: ping\n\nid: 1\n\n\n\n" + "data: \(text("b"))\n\n",
            content: [0: "ab"], kinds: [.ordinary, .ordinary]),
        AnswerCase(
            name: "a byte order mark", dialect: .chatCompletions,
            body: "\u{FEFF}data: \(text("a"))\n\n", content: [0: "a"], kinds: [.ordinary]),
        AnswerCase(
            name: "a byte order mark is one only at the start", dialect: .chatCompletions,
            body: "data: \(text("a"))\n\n\u{FEFF}data: \(text("b"))\n\n", content: [0: "a"],
            kinds: [.ordinary]),
        AnswerCase(
            name: "complaints 8, 9: [DONE] ends the answer with its line", dialect: .completions,
            body: "data: [DONE]\n", kinds: [.terminal], facts: { $0.terminalSeen = true }),
        AnswerCase(
            name: "[DONE] without a line end", dialect: .completions, body: "data:[DONE]",
            facts: {
                $0.terminalSeen = true
                $0.hasPendingEvent = true
            }),
        AnswerCase(
            name: "complaint 61: no [DONE] at all, and an event that is cut off",
            dialect: .chatCompletions, body: "data: \(text("a"))\n\ndata: \(text("b"))\n",
            content: [0: "ab"], kinds: [.ordinary], facts: { $0.hasPendingEvent = true }),
        AnswerCase(
            name: "malformed data is skipped and counted, and the next event is read",
            dialect: .chatCompletions,
            body: #"data: {"usage":{"prompt_tokens":1},}"# + "\n\n"
                + #"data: {"usage":{"prompt_tokens":1}} x"# + "\n\n"
                + #"data: {"usage":{"prompt_tokens":1}"# + "\n\n" + "data: 01\n\ndata: nul\n\n"
                + "data: {\"choices\":[{\"delta\":{\"content\":\"p\ndata: q\"}}]}\n\n"
                + #"data: {"a":"\x"}"# + "\n\n" + #"data: {"a":"\u12g4"}"# + "\n\n"
                + "data: [DONX]\n\ndata:\n\n"
                + #"data: {"usage":{"completion_tokens":2,"prompt_tokens":99999999999999999999}}"#
                + "\n\n",
            content: [0: "p"], kinds: Array(repeating: .ordinary, count: 11),
            facts: {
                $0.completionTokens = 2
                $0.malformedEvents = 9
            }),
        AnswerCase(
            name: "lone surrogates become U+FFFD", dialect: .chatCompletions,
            body: "data: \(text(#"\ud83dx\ude00\ud83d\n\ud83d\ud83d\ude00\ud83d"#))\n\n",
            content: [0: "\u{FFFD}x\u{FFFD}\u{FFFD}\n\u{FFFD}😀\u{FFFD}"], kinds: [.ordinary]),
        AnswerCase(
            name: "keys written with escapes are the same keys", dialect: .chatCompletions,
            body: #"data: {"\u0075sage":{"prompt\u005ftokens":6},"choices":[]}"# + "\n\n",
            kinds: [.usageOnly], facts: { $0.promptTokens = 6 }),
    ]

    static let documents: [AnswerCase] = [
        AnswerCase(
            name: "a chat completion", dialect: .chatCompletions, isEventStream: false,
            body:
                "{\n  \"service_tier\": \"default\", \"choices\": [\n {\"index\": 0, \"message\": "
                + "{\"role\": \"assistant\", \"content\": \"Hi\", \"annotations\": [], "
                + "\"tool_calls\": [{\"id\": \"c\", \"function\": {\"name\": \"f\", "
                + "\"arguments\": \"{}\"}}]}},\r\n {\"message\": {\"content\": \"Ho\"}}],\n"
                + "\"usage\": {\"prompt_tokens\": 2, \"completion_tokens\": 4}\n}\n",
            content: [0: "Hif{}", 1: "Ho"], kinds: [.terminal],
            facts: {
                $0.promptTokens = 2
                $0.completionTokens = 4
                $0.terminalSeen = true
                $0.tier = small("default")
            }),
        AnswerCase(
            name: "embeddings", dialect: .embeddings, isEventStream: false,
            body: #"{"data":[{"embedding":[0.1,-2e-3,1E+2],"index":0}],"usage":{"#
                + #""prompt_tokens":8,"total_tokens":8}}"#, kinds: [.terminal],
            facts: {
                $0.promptTokens = 8
                $0.terminalSeen = true
            }),
        AnswerCase(
            name: "a Responses document", dialect: .responses, isEventStream: false,
            body: #"{"error":null,"output":[{"type":"reasoning","summary":[{"type":"#
                + #""summary_text","text":"s"}]},{"type":"message","content":[{"type":"#
                + #""output_text","text":"t"},{"type":"refusal","refusal":"r"}]},{"type":"#
                + #""function_call","name":"f","arguments":"{}"}],"usage":{"input_tokens":1,"#
                + #""output_tokens":2}}"#, content: [0: "s", 1: "tr", 2: "f{}"],
            kinds: [.terminal],
            facts: {
                $0.promptTokens = 1
                $0.completionTokens = 2
                $0.terminalSeen = true
            }),
        AnswerCase(
            name: "an Anthropic message: the input of a tool counts as it stands",
            dialect: .messages, isEventStream: false,
            body: #"{"type":"message","content":[{"type":"text","text":"a"},{"type":"tool_use","#
                + #""name":"f","input":{"x":[1,{"y":"}"}]}}],"usage":{"input_tokens":3,"#
                + #""cache_read_input_tokens":0,"output_tokens":4}}"#,
            content: [0: "a", 1: #"f{"x":[1,{"y":"}"}]}"#], kinds: [.terminal],
            facts: {
                $0.promptTokens = 3
                $0.completionTokens = 4
                $0.cachedTokens = 0
                $0.terminalSeen = true
            }),
        AnswerCase(
            name: "an error body", dialect: .messages, isEventStream: false,
            body: #"{"type":"error","error":{"type":"api_error","message":"x"}}"#,
            kinds: [.error],
            facts: {
                $0.terminalSeen = true
                $0.errorSeen = true
            }),
        AnswerCase(
            name: "a document that is cut off", dialect: .chatCompletions, isEventStream: false,
            body: #"{"choices":[{"message":{"content":"half"#, content: [0: "half"],
            facts: {
                $0.malformedEvents = 1
                $0.hasPendingEvent = true
            }),
        AnswerCase(
            name: "a body that is no JSON", dialect: .chatCompletions, isEventStream: false,
            body: "<html>\n</html>", facts: { $0.malformedEvents = 1 }),
    ]

    static let all = chat + responses + anthropic + framing + documents
}
