/// A line of a child's standard error: text, which may begin with its level as `<N>` (sd-daemon(3)), and
/// may have the form `event name=value name="a value"`, whose known names become fields.
struct ChildLine: Equatable, Sendable {
    /// The names that become fields. Others stay in the text only: a child decides what it says, not
    /// which fields there are.
    private static let names: [String: String] = [
        "attempt": "ATTEMPT", "code": "CODE", "count": "COUNT", "duration_ms": "DURATION_MS",
        "endpoint": "ENDPOINT", "error": "ERROR", "first_byte_ms": "FIRST_BYTE_MS", "key": "KEY",
        "model": "MODEL", "outcome": "OUTCOME", "provider": "PROVIDER",
        "provider_model": "PROVIDER_MODEL", "reason": "REASON", "request": "REQUEST_ID",
        "status": "STATUS", "stream": "STREAM",
    ]

    /// nil: the line does not say.
    var priority: LogEntry.Priority?
    /// Without the level.
    var text: String
    var fields: [LogEntry.Field] = []

    /// Takes a line that is fit to be logged.
    init(_ line: String) {
        let head = Array(line.utf8.prefix(3))
        if head.count == 3, head[0] == UInt8(ascii: "<"), head[2] == UInt8(ascii: ">"),
            let level = LogEntry.Priority(rawValue: head[1] &- UInt8(ascii: "0"))
        {
            priority = level
            text = String(line.dropFirst(3))
        } else {
            text = line
        }
        fields = Self.fields(of: text) ?? []
    }

    /// The line's fields; nil when it has another form.
    private static func fields(of text: String) -> [LogEntry.Field]? {
        var rest = Substring(text)
        let event = take(from: &rest, while: isNameCharacter)
        guard !event.isEmpty, rest.isEmpty || rest.first == " " else { return nil }
        var fields = [LogEntry.Field("EVENT", String(event))]
        while !rest.isEmpty {
            guard rest.first == " " else { return nil }
            rest = rest.dropFirst()
            let name = take(from: &rest, while: isNameCharacter)
            guard !name.isEmpty, rest.first == "=" else { return nil }
            rest = rest.dropFirst()
            guard let value = takeValue(from: &rest) else { return nil }
            if let known = names[String(name)] { fields.append(LogEntry.Field(known, value)) }
        }
        // A single word is a text like any other.
        return text.contains("=") ? fields : nil
    }

    private static func takeValue(from rest: inout Substring) -> String? {
        guard rest.first == "\"" else {
            let value = take(from: &rest) { $0 != " " }
            return value.contains("\"") ? nil : String(value)
        }
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.first {
            rest = rest.dropFirst()
            switch character {
            case "\"": return value
            case "\\":
                guard let escaped = rest.first else { return nil }
                rest = rest.dropFirst()
                value.append(escaped == "n" ? "\n" : escaped == "t" ? "\t" : escaped)
            default: value.append(character)
            }
        }
        return nil
    }

    private static func take(
        from rest: inout Substring, while isTaken: (Character) -> Bool
    ) -> Substring {
        let taken = rest.prefix(while: isTaken)
        rest = rest[taken.endIndex...]
        return taken
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "_.-".contains(character))
    }
}
