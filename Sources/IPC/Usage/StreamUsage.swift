/// Everything known so far about what one stream consumed: cumulative, so that applying it twice, or
/// missing one that a later one covers, changes nothing.
public struct StreamUsage: Equatable, Sendable {
    /// Events (or, for an answer that is no stream, reads) whose last byte was written to the client's socket.
    public var chunksFlushed: UInt64 = 0
    /// Bytes of the answer's body, with its chunked framing, written to the client's socket.
    public var bytesFlushed: UInt64 = 0
    /// Those of them that the client's kernel acknowledged; nil where nobody looked (no TCP).
    public var bytesAcknowledged: UInt64?

    /// Whether the provider accepted the request (a 2xx head arrived): the prompt is then charged.
    public var providerAccepted = false
    /// Prompt tokens as the provider said.
    public var promptReported: UInt64?
    /// Prompt tokens counted here.
    public var promptProduced: UInt64?
    /// Completion tokens as the provider said.
    public var completionReported: UInt64?
    /// Tokens of content that arrived from the provider, counted here.
    public var completionProduced: UInt64?
    /// Tokens of the events that reached the client, counted here.
    public var completionDelivered: UInt64?
    /// How exact the completion's counts are; also the prompt's, unless `promptSource` says otherwise.
    public var countSource: CountSource = .estimated
    /// How exact `promptProduced` is, where that differs: images and tools follow rules of their own.
    public var promptSource: CountSource?
    /// What the completion is mostly made of; nil while there is none.
    public var completionScript: ScriptClass?
    /// Part of `completionProduced` that was the text of reasoning.
    public var reasoningProduced: UInt64?
    /// Everything that the provider charges as completion, but for reasoning, has passed as text: no
    /// tool calls, nothing encrypted or spoken.
    public var completionIsText = false

    /// Prompt tokens read from the provider's cache. Part of OpenAI's prompt count, not of Anthropic's.
    public var cachedTokens: UInt64?
    /// Prompt tokens written to the provider's cache for 5 minutes (Anthropic; excluded from its prompt count).
    public var cacheWrite5mTokens: UInt64?
    /// Prompt tokens written to the provider's cache for 1 hour.
    public var cacheWrite1hTokens: UInt64?
    /// Part of the completion that was reasoning, as the provider said.
    public var reasoningTokens: UInt64?
    /// The provider's service tier as it said (`default`, `priority`, `flex`, …), at most 32 bytes.
    public var serviceTier: String?

    /// Nanoseconds from the request to the first byte of the answer's body written to the client.
    public var firstByteNanoseconds: UInt64?

    /// Nothing consumed yet.
    public init() {}
}
