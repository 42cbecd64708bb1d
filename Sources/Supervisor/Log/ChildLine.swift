/// A line of a child's standard error: text, which may begin with its level as `<N>` (sd-daemon(3)), and
/// may have the form `event name=value name="a value"`, whose known names become fields.
struct ChildLine: Equatable, Sendable {
    /// The names that become fields. Others stay in the text only: a child decides what it says, not
    /// which fields there are.
    private static let names: [String: String] = [
        "attempt": "ATTEMPT", "code": "CODE", "completion_tokens": "COMPLETION_TOKENS",
        "cost_nanodollars": "COST_NANODOLLARS", "count": "COUNT", "duration_ms": "DURATION_MS",
        "endpoint": "ENDPOINT", "error": "ERROR", "first_byte_ms": "FIRST_BYTE_MS",
        "key": "KEY_NAME", "model": "MODEL", "outcome": "OUTCOME",
        "prompt_tokens": "PROMPT_TOKENS", "provider": "PROVIDER",
        "provider_model": "PROVIDER_MODEL", "reason": "REASON", "request": "REQUEST_ID",
        "status": "STATUS", "stream": "STREAM",
    ]
    /// What the accountant says of requests has an id, and names the worker that served it.
    private static let accounts: [String: MessageID] = [
        "request": .request, "requests_summarised": .requestsSummarised,
    ]
    private static let accountNames = ["worker": "WORKER", "generation": "GENERATION"]

    /// nil: the line does not say.
    var priority: LogEntry.Priority?
    /// Without the level.
    var text: String
    var fields: [LogEntry.Field] = []
    /// Only what the accountant says has one.
    var kind: MessageID?

    /// Takes a line that is fit to be logged.
    ///
    /// - Parameter role: whose it is.
    init(_ line: String, of role: ChildRow.Role = .worker(slot: 0)) {
        let head = Array(line.utf8.prefix(3))
        if head.count == 3, head[0] == UInt8(ascii: "<"), head[2] == UInt8(ascii: ">"),
            let level = LogEntry.Priority(rawValue: head[1] &- UInt8(ascii: "0"))
        {
            priority = level
            text = String(line.dropFirst(3))
        } else {
            text = line
        }
        guard let (event, values) = Self.parts(of: text) else { return }
        var names = Self.names
        if role == .accountant, let kind = Self.accounts[event] {
            self.kind = kind
            names.merge(Self.accountNames) { own, _ in own }
        }
        fields = [LogEntry.Field("EVENT", event)]
        for (name, value) in values {
            if let known = names[name] { fields.append(LogEntry.Field(known, value)) }
        }
    }

    /// The line's event and values; nil when it has another form.
    private static func parts(
        of text: String
    ) -> (event: String, values: [(name: String, value: String)])? {
        var rest = Substring(text)
        let event = take(from: &rest, while: isNameCharacter)
        guard !event.isEmpty, rest.isEmpty || rest.first == " " else { return nil }
        var values: [(name: String, value: String)] = []
        while !rest.isEmpty {
            guard rest.first == " " else { return nil }
            rest = rest.dropFirst()
            let name = take(from: &rest, while: isNameCharacter)
            guard !name.isEmpty, rest.first == "=" else { return nil }
            rest = rest.dropFirst()
            guard let value = takeValue(from: &rest) else { return nil }
            values.append((String(name), value))
        }
        // A single word is a text like any other.
        return values.isEmpty ? nil : (String(event), values)
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
