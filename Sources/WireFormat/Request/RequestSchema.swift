/// Where a request has what, whichever endpoint it is for: the endpoints' names do not contradict each other.
enum RequestSchema {
    /// What a container means that is the value of the field.
    static func node(of field: RequestField, isArray: Bool) -> RequestNode {
        if isArray {
            return switch field {
            case .messages: .messages
            // Token arrays stand in arrays of their own.
            case .items, .item: .items
            case .system: .systemParts
            case .content, .reasoning: .parts
            case .toolCalls: .toolCalls
            case .tools: .tools
            case .enumeration: .enumeration
            case .alternatives, .propertyType: .alternatives
            default: .ignored
            }
        }
        return switch field {
        case .root: .root
        case .message: .message
        case .item: .item
        case .part, .content: .part
        case .imageURL: .imageURL
        case .source: .source
        case .toolCall: .toolCall
        case .function: .function
        case .tool: .tool
        case .toolFunction: .toolFunction
        case .schema: .schema
        case .properties: .properties
        case .property: .property
        case .toolChoice: .toolChoice
        case .toolChoiceFunction: .toolChoiceFunction
        case .format: .format
        default: .ignored
        }
    }

    /// What an array's elements mean.
    static func element(of node: RequestNode) -> RequestField {
        switch node {
        case .messages: .message
        case .items: .item
        case .parts, .systemParts: .part
        case .toolCalls: .toolCall
        case .tools: .tool
        case .enumeration: .enumItem
        case .alternatives: .property
        default: .ignored
        }
    }

    /// What the key's value means in the object.
    static func field(_ key: SmallText, in node: RequestNode) -> RequestField {
        switch node {
        case .root: root(key)
        case .message: message(key)
        case .item: item(key)
        case .part: part(key)
        case .imageURL, .source: image(key)
        case .toolCall: key.matches("function") || key.matches("custom") ? .function : .ignored
        case .function: call(key)
        case .tool, .toolFunction: tool(key)
        case .schema: key.matches("properties") ? .properties : .ignored
        case .properties: .property
        case .property: property(key)
        case .toolChoice, .toolChoiceFunction: toolChoice(key)
        case .format: format(key)
        case .ignored, .messages, .items, .systemParts, .parts, .toolCalls, .tools, .alternatives,
            .enumeration:
            .ignored
        }
    }

    private static func root(_ key: SmallText) -> RequestField {
        if key.matches("messages") { return .messages }
        if key.matches("input") || key.matches("prompt") || key.matches("suffix") { return .items }
        if key.matches("system") || key.matches("instructions") { return .system }
        if key.matches("tools") || key.matches("functions") { return .tools }
        if key.matches("tool_choice") || key.matches("function_call") { return .toolChoice }
        // Earlier answers that only the provider knows.
        if key.matches("previous_response_id") || key.matches("conversation") {
            return .unmeasured
        }
        return key.matches("response_format") || key.matches("text") ? .format : .ignored
    }

    private static func message(_ key: SmallText) -> RequestField {
        if key.matches("role") { return .role }
        if key.matches("content") || key.matches("refusal") { return .content }
        if key.matches("name") { return .name }
        if key.matches("tool_calls") { return .toolCalls }
        if key.matches("function_call") { return .function }
        if key.matches("audio") { return .unmeasured }
        return key.matches("reasoning_content") || key.matches("reasoning") ? .reasoning : .ignored
    }

    private static func item(_ key: SmallText) -> RequestField {
        if key.matches("role") { return .role }
        if key.matches("content") || key.matches("output") { return .content }
        if key.matches("name") { return .callName }
        if key.matches("arguments") || key.matches("input") { return .arguments }
        if key.matches("summary") { return .reasoning }
        return key.matches("encrypted_content") ? .unmeasured : .ignored
    }

    private static func part(_ key: SmallText) -> RequestField {
        if key.matches("type") { return .partType }
        if key.matches("text") || key.matches("refusal") || key.matches("content") {
            return .content
        }
        if key.matches("thinking") { return .reasoning }
        if key.matches("name") { return .callName }
        if key.matches("input") { return .arguments }
        if key.matches("image_url") { return .imageURL }
        if key.matches("source") { return .source }
        if key.matches("detail") { return .detail }
        let isOther =
            key.matches("input_audio") || key.matches("file") || key.matches("file_data")
            || key.matches("file_id") || key.matches("file_url") || key.matches("data")
        return isOther ? .unmeasured : .ignored
    }

    private static func image(_ key: SmallText) -> RequestField {
        if key.matches("url") { return .url }
        if key.matches("data") { return .data }
        return key.matches("detail") ? .detail : .ignored
    }

    private static func call(_ key: SmallText) -> RequestField {
        if key.matches("name") { return .callName }
        return key.matches("arguments") || key.matches("input") ? .arguments : .ignored
    }

    private static func tool(_ key: SmallText) -> RequestField {
        if key.matches("function") || key.matches("custom") { return .toolFunction }
        if key.matches("name") { return .toolName }
        if key.matches("description") { return .toolDescription }
        return key.matches("parameters") || key.matches("input_schema") ? .schema : .ignored
    }

    private static func property(_ key: SmallText) -> RequestField {
        if key.matches("type") { return .propertyType }
        if key.matches("description") { return .propertyDescription }
        if key.matches("enum") { return .enumeration }
        if key.matches("properties") { return .properties }
        if key.matches("anyOf") || key.matches("oneOf") { return .alternatives }
        return key.matches("items") ? .property : .ignored
    }

    /// Answers of a given form: the provider shows the model the form in words of its own.
    private static func format(_ key: SmallText) -> RequestField {
        if key.matches("format") { return .format }
        return key.matches("json_schema") || key.matches("schema") ? .unmeasured : .ignored
    }

    private static func toolChoice(_ key: SmallText) -> RequestField {
        if key.matches("type") { return .toolChoice }
        if key.matches("name") { return .toolChoiceName }
        return key.matches("function") || key.matches("tool") ? .toolChoiceFunction : .ignored
    }
}
