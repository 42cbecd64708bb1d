import Tokenization

/// The body of a chat request: chat completions, messages, responses or completions. What is not
/// understood counts nothing; nothing is refused but what is no JSON object.
struct ChatRequest {
    private let root: [String: JSONValue]

    /// - Throws: `CommandFailure` when the body is no JSON object.
    init(_ body: [UInt8], path: String) throws(CommandFailure) {
        let text = SurrogateEscapes.repaired(String(decoding: body, as: UTF8.self))
        guard case .object(let root)? = try? JSONValue(parsing: text) else {
            throw CommandFailure(.data, "\(path): no JSON object")
        }
        self.root = root
    }

    /// The model that it names.
    var model: String? {
        guard case .string(let model) = root["model"] else { return nil }
        return model
    }

    /// The tokens of its prompt.
    func tokens(_ encoding: Encoding, _ framing: ChatFraming) -> PromptTokens {
        var tally = PromptTally(encoding, framing)
        for key in ["system", "instructions", "prompt"] { Self.addContent(root[key], &tally) }
        for message in Self.list(root["messages"]) { Self.addMessage(message, &tally) }
        switch root["input"] {
        case .array(let items): for item in items { Self.addMessage(item, &tally) }
        case .string(let text):
            tally.begin(.message)
            tally.add(.content, text)
        default: break
        }
        for tool in Self.list(root["tools"]) {
            // OpenAI's tools hold the function in a member; others are the function.
            if case .object(let tool) = tool { ToolDefinition(tool).add(to: &tally) }
        }
        for function in Self.list(root["functions"]) {
            if case .object(let function) = function {
                ToolDefinition(function).add(to: &tally)
            }
        }
        addChoice(root["tool_choice"] ?? root["function_call"], &tally)
        return tally.total
    }

    private func addChoice(_ choice: JSONValue?, _ tally: inout PromptTally) {
        switch choice {
        case .string("none"): tally.begin(.choiceNone)
        case .string("required"), .string("any"): tally.begin(.choiceDemanded)
        case .object(let members):
            if case .string(let type) = members["type"], type == "auto" || type == "none" { return }
            var name = members["name"]
            if case .object(let function) = members["function"] { name = function["name"] }
            guard case .string(let name) = name else { return tally.begin(.choiceDemanded) }
            tally.begin(.choiceNamed)
            tally.add(.definition, name)
        default: break
        }
    }

    private static func list(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let values) = value { return values }
        return []
    }

    private static func addMessage(_ value: JSONValue, _ tally: inout PromptTally) {
        guard case .object(let message) = value else { return addContent(value, &tally) }
        tally.begin(.message)
        if case .string(let role) = message["role"] { tally.add(.role, role) }
        addContent(message["content"], &tally)
        addContent(message["refusal"], &tally)
        if message["type"] != nil { addBlock(message, &tally) }
        if case .string(let name) = message["name"], message["role"] != nil {
            tally.begin(.name)
            tally.add(.content, name)
        }
        for call in list(message["tool_calls"]) {
            if case .object(let call) = call { addCall(call["function"], &tally) }
        }
        addCall(message["function_call"], &tally)
    }

    private static func addCall(_ value: JSONValue?, _ tally: inout PromptTally) {
        guard case .object(let call) = value else { return }
        tally.begin(.call)
        for key in ["name", "arguments"] {
            if case .string(let text) = call[key] { tally.add(.content, text) }
        }
        if let input = call["input"] { tally.add(.content, input.jsonText) }
    }

    /// A text, or blocks.
    private static func addContent(_ value: JSONValue?, _ tally: inout PromptTally) {
        switch value {
        case .string(let text): tally.add(.content, text)
        case .array(let blocks):
            for block in blocks {
                switch block {
                case .object(let block): addBlock(block, &tally)
                case .string(let text): tally.add(.content, text)
                default: break
                }
            }
        default: break
        }
    }

    private static func addBlock(_ block: [String: JSONValue], _ tally: inout PromptTally) {
        guard case .string(let type) = block["type"] else { return }
        switch type {
        case "image", "image_url", "input_image":
            var detail = block["detail"]
            if case .object(let image) = block["image_url"] { detail = image["detail"] }
            tally.add(image: nil, isLowDetail: detail == .string("low"))
        case "tool_use", "function_call": addCall(.object(block), &tally)
        case "tool_result": addContent(block["content"], &tally)
        case "function_call_output": addContent(block["output"], &tally)
        case "message": break
        default:
            for key in ["text", "thinking", "refusal"] { addContent(block[key], &tally) }
        }
    }
}
