/// What ended at a clean boundary of an answer.
public enum EventKind: UInt8, CaseIterable, Sendable {
    /// An event that is none of the others: content, pings sent as events, unknown types, malformed data.
    case ordinary
    /// The one chunk that `stream_options.include_usage` adds: `choices` is there and empty, and `usage`
    /// is an object (OpenAI chat completions and completions only).
    case usageOnly
    /// The event that ends the answer: `[DONE]`, `message_stop`, `response.completed`,
    /// `response.incomplete`, `response.failed`; for an answer that is no stream, the end of its JSON.
    case terminal
    /// An error inside the answer: Anthropic's and Responses' `error` event, an OpenAI object with a
    /// top-level `error` that is not null.
    case error
    /// Nothing that a client acts on: comment lines, blank lines, events without data, and the blank
    /// line behind a `[DONE]` line whose end was already reported as `terminal`.
    case comment
}
