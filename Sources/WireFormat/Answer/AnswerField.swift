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
    /// Reasoning under its two names, of which only one is taken where a provider sends both.
    case reasoning
    case reasoningContent
    case part
    case toolCalls
    case toolCall
    case function
    /// Arguments: a string, or JSON that counts as it stands.
    case arguments
    case usage
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
