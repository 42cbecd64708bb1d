/// What an answer says, whatever protocol says it.
struct Draft {
    /// Chunks of text for each choice; empty where a tool is called.
    var texts: [[String]] = []
    /// Chunks of reasoning in front of the text.
    var reasoning: [String] = []
    /// Fragments of the tool call's arguments, together one JSON object.
    var arguments: [String] = []
    /// What the arguments' only member holds.
    var toolQuery = ""
    var promptTokens: Int
    var cachedTokens: Int
    private let completionTokensSet: Int?

    static let toolName = "look_up"

    init(_ directives: Directives, echoing text: String = "") {
        completionTokensSet = directives.completionTokens
        promptTokens = directives.promptTokens
        cachedTokens = min(directives.cachedTokens, directives.promptTokens)
        var source = WordSource(seed: directives.seed)
        if directives.reasons || directives.thinks {
            reasoning = (0..<max(1, directives.chunks / 4)).map { _ in source.word() }
        }
        if directives.echoes {
            texts = [source.cut(text)]
            return
        }
        func word() -> String { directives.isUnit ? " the" : source.word(size: directives.size) }
        var words = (0..<directives.chunks).map { _ in word() }
        if directives.faults.contains(.bigEvent), !words.isEmpty {
            words[words.count / 2] = String(repeating: "0123456789abcde ", count: 5 * 65_536)
        }
        if directives.callsTool {
            toolQuery = words.joined()
            let parts = words.map { String(JSON.string($0).text.dropFirst().dropLast()) }
            arguments = ["{\"query\":\""] + parts + ["\"}"]
            return
        }
        texts = [words]
        for _ in 1..<directives.choices {
            texts.append((0..<directives.chunks).map { _ in word() })
        }
    }

    /// What the mock reports: what it was told to, else one token for each chunk of content.
    var completionTokens: Int {
        completionTokensSet ?? texts.reduce(reasoning.count + arguments.count) { $0 + $1.count }
    }
}
