/// Writes one JSON object (RFC 8259) with its members in the order they are given.
struct JSONObjectWriter {
    private var text = "{"
    private var isEmpty = true

    /// The whole object.
    func finished() -> String { text + "}" }

    mutating func member(_ name: String, _ value: String?) {
        begin(name)
        if let value { Self.append(value, to: &text) } else { text += "null" }
    }

    mutating func member(_ name: String, _ value: Int64?) {
        begin(name)
        text += value.map(String.init) ?? "null"
    }

    mutating func member(_ name: String, _ value: Bool?) {
        begin(name)
        text += value.map { $0 ? "true" : "false" } ?? "null"
    }

    /// A member whose value is JSON already.
    mutating func member(_ name: String, json: String) {
        begin(name)
        text += json
    }

    private mutating func begin(_ name: String) {
        if !isEmpty { text += "," }
        isEmpty = false
        Self.append(name, to: &text)
        text += ":"
    }

    private static func append(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            // Line and paragraph separators too: some readers of JSON lines split at them.
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
