/// What an answer has said about itself so far. Of each usage field the last value that was a number
/// wins; nothing is ever added up. An explicit 0 is a value; a field that was never sent is nil.
public struct AnswerFacts: Equatable, Sendable {
    /// Prompt tokens. OpenAI's count includes the cached ones, Anthropic's does not.
    public internal(set) var promptTokens: UInt64?
    /// Completion tokens, reasoning included.
    public internal(set) var completionTokens: UInt64?
    /// Prompt tokens read from the provider's cache.
    public internal(set) var cachedTokens: UInt64?
    /// Prompt tokens written to the provider's cache for 5 minutes (Anthropic). Where the provider
    /// gives only the sum of all writes, what is not known to be for 1 hour counts here.
    public internal(set) var cacheWrite5mTokens: UInt64?
    /// Prompt tokens written to the provider's cache for 1 hour (Anthropic).
    public internal(set) var cacheWrite1hTokens: UInt64?
    /// The part of the completion that was reasoning.
    public internal(set) var reasoningTokens: UInt64?
    /// The last `sequence_number` of a Responses stream.
    public internal(set) var sequenceNumber: UInt64?

    /// The terminal event was seen (for an answer that is no stream: its JSON is whole).
    public internal(set) var terminalSeen = false
    /// An error event was seen.
    public internal(set) var errorSeen = false
    /// Bytes of an unfinished event are open: nothing may be put between them and what follows.
    public internal(set) var hasPendingEvent = false
    /// Events whose data was not JSON of at most 64 levels. Nothing was taken from them but content.
    public internal(set) var malformedEvents: UInt64 = 0

    var tier = SmallText()

    /// The service tier as the provider last named it; nil where it did not, or in more than 32 bytes.
    public var serviceTier: String? { tier.isEmpty ? nil : tier.text }

    /// Nothing known yet.
    public init() {}
}
