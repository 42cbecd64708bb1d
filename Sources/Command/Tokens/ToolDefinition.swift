import Tokenization

/// A function that a request offers: name, description and the JSON schema of its arguments.
struct ToolDefinition {
    private let function: [String: JSONValue]

    /// OpenAI's form, with the function in a member, or the function itself.
    init(_ tool: [String: JSONValue]) {
        if case .object(let function) = tool["function"] {
            self.function = function
        } else {
            function = tool
        }
    }

    /// Counts it by the cookbook's rules; properties of properties count as those of the function.
    func add(to tally: inout PromptTally) {
        tally.begin(.function)
        if case .string(let name) = function["name"] { tally.add(.definition, name) }
        tally.add(.detail, Self.text(function["description"]))
        addProperties(of: function["parameters"] ?? function["input_schema"], 0, &tally)
    }

    private func addProperties(of schema: JSONValue?, _ depth: Int, _ tally: inout PromptTally) {
        guard depth < 64, case .object(let schema) = schema else { return }
        if let items = schema["items"] { addProperties(of: items, depth + 1, &tally) }
        guard case .object(let properties) = schema["properties"], !properties.isEmpty else {
            return
        }
        tally.begin(.properties)
        for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
            guard case .object(let property) = value else { continue }
            tally.begin(.property)
            if case .array(let values) = property["enum"] {
                tally.begin(.enumeration)
                for value in values {
                    tally.begin(.enumerationValue)
                    tally.add(.definition, value.text)
                }
            }
            tally.add(.definition, name)
            tally.add(.detail, Self.text(property["type"]))
            tally.add(.detail, Self.text(property["description"]))
            addProperties(of: value, depth + 1, &tally)
        }
    }

    private static func text(_ value: JSONValue?) -> String {
        if case .string(let text) = value { return text }
        return value?.text ?? ""
    }
}
