import IPC

/// The tokens of a request's prompt, counted before the provider is dialled.
struct RequestCount: Equatable, Sendable {
    var tokens: UInt64 = 0
    var source = CountSource.estimated
    /// What the count was made of; nil for a count that needs no correction.
    var basis: PromptBasis?
}
