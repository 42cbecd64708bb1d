/// The containers of an answer that matter, by what they mean.
enum AnswerNode: UInt8 {
    /// Anything else, and all that is within.
    case ignored
    case root
    /// `choices`, and one of them.
    case choices
    case choice
    /// `delta` or `message` of a choice.
    case delta
    /// An array of parts that have a text, and one of them.
    case parts
    case part
    case toolCalls
    case toolCall
    /// What has the name and the arguments of a tool call.
    case function
    case usage
    /// `usage` of Anthropic's `message_start`: its output tokens are a placeholder.
    case openingUsage
    case promptDetails
    case completionDetails
    case cacheCreation
    /// `response` in a Responses event, `message` in Anthropic's `message_start`.
    case envelope
    /// `output` of a Responses document, and one item of it.
    case output
    case outputItem
    /// `item` of the Responses event that announces an item.
    case addedItem
    /// `content` of an Anthropic document, and one block of it or of an event.
    case blocks
    case block
    /// `delta` of an Anthropic event.
    case blockDelta
}
