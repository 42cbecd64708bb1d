/// What one stream's client asks for, and so what the mock will say: every event of content is one token,
/// in every vocabulary.
struct StreamOrder: Equatable, Sendable {
    /// Unique in a run: the model's name holds it, and a header that the mock logs.
    var tag: Int
    var dialect = Dialect.chat
    var isStreaming = true
    /// Tokens of content.
    var tokens = 8
    /// Completion tokens that the mock reports: not always what it sends, so that a bill shows its source.
    var reported = 8
    /// Prompt tokens that the mock reports.
    var prompt = 11
    /// Microseconds between two events; 0: as fast as the gateway takes them.
    var interval = 0
    /// The provider charges on after an abort, so that the gateway reads its answer to the end.
    var isCostly = false
    /// Directives beside these: pauses and a fault.
    var more = ""
    /// The mock's answer does not come to a regular end.
    var isFaulty = false

    var model: String {
        let provider = dialect == .messages ? "a" : isCostly ? "c" : "o"
        return "chaos-\(provider)-\(tag)"
    }

    /// The tag of a model's name; nil for any other name.
    static func tag(ofModel model: String) -> Int? {
        for prefix in ["chaos-a-", "chaos-c-", "chaos-o-"] where model.hasPrefix(prefix) {
            return Int(model.dropFirst(prefix.count))
        }
        return nil
    }

    static let tagHeader = "x-chaos-tag"

    /// The value of the header `x-mock`.
    var directives: String {
        var text = "unit=1&n=\(tokens)&completion=\(reported)&prompt=\(prompt)"
        if interval > 0 { text += "&us=\(interval)" }
        return more.isEmpty ? text : text + "&" + more
    }

    /// The whole request.
    func bytes(key: String) -> [UInt8] {
        let text = "Say what you like, but not much."
        let input: String
        switch dialect {
        case .chat: input = "\"messages\":[{\"role\":\"user\",\"content\":\"\(text)\"}]"
        case .messages:
            input = "\"max_tokens\":1000,\"messages\":[{\"role\":\"user\",\"content\":\"\(text)\"}]"
        case .responses: input = "\"input\":\"\(text)\""
        }
        let body = "{\"model\":\"\(model)\",\(input),\"stream\":\(isStreaming)}"
        let credential = dialect == .messages ? "x-api-key: \(key)" : "Authorization: Bearer \(key)"
        return Array(
            """
            POST \(dialect.path) HTTP/1.1\r
            Host: localhost\r
            \(credential)\r
            x-mock: \(directives)\r
            \(Self.tagHeader): \(tag)\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """.utf8)
    }
}

extension StreamOrder: CustomStringConvertible {
    var description: String {
        "\(dialect.rawValue) \(isStreaming ? "stream" : "document") \(model) [\(directives)]"
    }
}
