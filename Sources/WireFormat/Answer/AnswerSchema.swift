/// Where an answer of a dialect has what.
struct AnswerSchema: Sendable {
    let dialect: Dialect
    let isEventStream: Bool

    /// What a container means that is the value of the field.
    func node(of field: AnswerField, isArray: Bool) -> AnswerNode {
        if isArray {
            return switch field {
            case .choices: .choices
            case .text, .thinking: .parts
            case .toolCalls: .toolCalls
            case .output: .output
            case .blocks: .blocks
            default: .ignored
            }
        }
        return switch field {
        case .root: .root
        case .choice: .choice
        case .delta: .delta
        case .part: .part
        case .toolCall: .toolCall
        case .function: .function
        case .usage: .usage
        case .openingUsage: .openingUsage
        case .promptDetails: .promptDetails
        case .completionDetails: .completionDetails
        case .cacheCreation: .cacheCreation
        case .envelope: .envelope
        case .outputItem: .outputItem
        case .addedItem: .addedItem
        case .block: .block
        case .blockDelta: .blockDelta
        default: .ignored
        }
    }

    /// What an array's elements mean.
    func element(of node: AnswerNode) -> AnswerField {
        switch node {
        case .choices: .choice
        case .parts: .part
        case .toolCalls: .toolCall
        case .output: .outputItem
        case .blocks: .block
        default: .ignored
        }
    }

    /// What the key's value means in the object.
    func field(_ key: SmallText, in node: AnswerNode) -> AnswerField {
        switch node {
        case .root: root(key)
        case .envelope: envelope(key)
        case .usage: usage(key)
        // Output that is yet to be made cannot be counted: 1 to 3, whatever will come.
        case .openingUsage: key.matches("output_tokens") ? .ignored : usage(key)
        case .choice: choice(key)
        case .delta: delta(key)
        case .part, .function, .toolCall: part(key, node)
        case .outputItem, .addedItem: item(key, node)
        case .block, .blockDelta: block(key, node)
        case .promptDetails: key.matches("cached_tokens") ? .cachedTokens : .ignored
        case .completionDetails:
            key.matches("reasoning_tokens") || key.matches("thinking_tokens")
                ? .reasoningTokens : .ignored
        case .cacheCreation:
            key.matches("ephemeral_5m_input_tokens")
                ? .cacheWrite5mTokens
                : key.matches("ephemeral_1h_input_tokens") ? .cacheWrite1hTokens : .ignored
        case .ignored, .choices, .parts, .toolCalls, .output, .blocks: .ignored
        }
    }

    private func root(_ key: SmallText) -> AnswerField {
        if key.matches("usage") { return .usage }
        if key.matches("error") { return .error }
        switch dialect {
        case .chatCompletions, .completions, .embeddings:
            if key.matches("choices") { return .choices }
            if key.matches("service_tier") { return .serviceTier }
        case .responses:
            guard isEventStream else { return envelope(key) }
            if key.matches("type") { return .type }
            if key.matches("delta") { return .responseDelta }
            if key.matches("output_index") { return .index }
            if key.matches("content_index") || key.matches("summary_index") { return .partIndex }
            if key.matches("partial_image_b64") { return .other }
            if key.matches("sequence_number") { return .sequenceNumber }
            if key.matches("response") { return .envelope }
            if key.matches("item") { return .addedItem }
        case .messages:
            if key.matches("type") { return .type }
            guard isEventStream else { return key.matches("content") ? .blocks : .ignored }
            if key.matches("delta") { return .blockDelta }
            if key.matches("index") { return .index }
            if key.matches("message") { return .envelope }
            if key.matches("content_block") { return .block }
        }
        return .ignored
    }

    private func envelope(_ key: SmallText) -> AnswerField {
        if key.matches("usage") { return dialect == .messages ? .openingUsage : .usage }
        guard dialect == .responses else { return .ignored }
        if key.matches("service_tier") { return .serviceTier }
        // In a stream the output was counted as its deltas passed.
        return !isEventStream && key.matches("output") ? .output : .ignored
    }

    private func usage(_ key: SmallText) -> AnswerField {
        switch dialect {
        case .chatCompletions, .completions, .embeddings:
            if key.matches("prompt_tokens") { return .promptTokens }
            if key.matches("completion_tokens") { return .completionTokens }
            if key.matches("prompt_tokens_details") { return .promptDetails }
            if key.matches("completion_tokens_details") { return .completionDetails }
        case .responses, .messages:
            if key.matches("input_tokens") { return .promptTokens }
            if key.matches("output_tokens") { return .completionTokens }
            if key.matches("output_tokens_details") { return .completionDetails }
            if dialect == .responses {
                return key.matches("input_tokens_details") ? .promptDetails : .ignored
            }
            if key.matches("cache_read_input_tokens") { return .cachedTokens }
            if key.matches("cache_creation_input_tokens") { return .cacheWriteTokens }
            if key.matches("cache_creation") { return .cacheCreation }
            if key.matches("service_tier") { return .serviceTier }
        }
        return .ignored
    }

    private func choice(_ key: SmallText) -> AnswerField {
        if key.matches("index") { return .index }
        if key.matches("delta") || key.matches("message") { return .delta }
        if key.matches("text") { return .text }
        return key.matches("usage") ? .usage : .ignored
    }

    private func delta(_ key: SmallText) -> AnswerField {
        if key.matches("content") { return .text }
        if key.matches("refusal") { return .refusal }
        if key.matches("tool_calls") { return .toolCalls }
        if key.matches("reasoning_content") { return .reasoningContent }
        if key.matches("reasoning") { return .reasoning }
        if key.matches("reasoning_details") { return .hiddenReasoning }
        if key.matches("audio") || key.matches("images") { return .other }
        return key.matches("function_call") ? .function : .ignored
    }

    private func part(_ key: SmallText, _ node: AnswerNode) -> AnswerField {
        switch node {
        case .part:
            key.matches("text")
                ? .text
                : key.matches("refusal")
                    ? .refusal : key.matches("thinking") ? .thinking : .ignored
        case .toolCall:
            key.matches("index")
                ? .partIndex
                : key.matches("function") || key.matches("custom") ? .function : .ignored
        default:
            key.matches("arguments") || key.matches("input")
                ? .arguments : key.matches("name") ? .callName : .ignored
        }
    }

    private func item(_ key: SmallText, _ node: AnswerNode) -> AnswerField {
        if key.matches("name") { return .callName }
        if key.matches("encrypted_content") { return .hiddenReasoning }
        guard node == .outputItem else { return .ignored }
        if key.matches("content") { return .text }
        if key.matches("summary") { return .thinking }
        if key.matches("result") { return .other }
        return key.matches("arguments") || key.matches("input") ? .arguments : .ignored
    }

    private func block(_ key: SmallText, _ node: AnswerNode) -> AnswerField {
        if key.matches("text") { return .text }
        if key.matches("thinking") { return .thinking }
        if key.matches("signature") || key.matches("data") { return .hiddenReasoning }
        guard node == .block else { return key.matches("partial_json") ? .arguments : .ignored }
        if key.matches("name") { return .callName }
        // In a stream the input is an empty object, and its text comes in deltas.
        return !isEventStream && key.matches("input") ? .arguments : .ignored
    }
}
