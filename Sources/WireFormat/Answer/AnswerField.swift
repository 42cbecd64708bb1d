/// What the next value means.
enum AnswerField: UInt8 {
    case ignored
    /// The document itself.
    case root
    case choices
    case choice
    case index
    case delta
    /// Produced text, as a string or as an array of parts.
    case text
    case refusal
    /// Reasoning, as a string or as an array of parts.
    case thinking
    /// Reasoning that nobody but the provider can read.
    case hiddenReasoning
    /// Charged, and no text.
    case other
    /// Reasoning under its two names, of which only one is taken where a provider sends both.
    case reasoning
    case reasoningContent
    case part
    case toolCalls
    case toolCall
    case function
    case callName
    /// `tool_calls[].index`, `content_index`, `summary_index`.
    case partIndex
    /// Arguments: a string, or JSON that counts as it stands.
    case arguments
    case usage
    /// `usage` of Anthropic's `message_start`.
    case openingUsage
    case promptTokens
    case completionTokens
    case promptDetails
    case completionDetails
    case cachedTokens
    case reasoningTokens
    case cacheWriteTokens
    case cacheCreation
    case cacheWrite5mTokens
    case cacheWrite1hTokens
    case serviceTier
    case error
    case type
    case sequenceNumber
    case envelope
    case output
    case outputItem
    case addedItem
    /// `delta` of a Responses event: text, unless the event's type says otherwise.
    case responseDelta
    case blocks
    case block
    case blockDelta
}
