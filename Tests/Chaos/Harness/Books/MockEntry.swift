/// One request in the mock's book.
struct MockEntry: Equatable, Sendable {
    var tag: Int
    var dialect: Dialect
    /// What the header `x-mock` asked for.
    var asked: [String: String] = [:]
    var isStreaming = true
    /// Events that it gave to the connection whole; the body, where it is no stream.
    var events = 0
    /// `complete`, `fault`, `reset`, `eof`; nil: the end is not in the log.
    var how: String?

    private func number(_ key: String) -> Int? { asked[key].flatMap { Int($0) } }

    /// Tokens of content that the whole answer has.
    var tokensOfAll: Int { number("n") ?? 0 }

    /// Tokens in the events that it sent.
    var tokensSent: Int {
        guard isStreaming else { return events > 0 ? tokensOfAll : 0 }
        return min(max(0, events - dialect.eventsBeforeTokens), tokensOfAll)
    }

    /// What it reports at the end of a regular answer.
    var reported: Int? { number("completion") }
    var prompt: Int? { number("prompt") }
}

extension MockEntry: CustomStringConvertible {
    var description: String {
        "\(tag): \(events) events, \(tokensSent) of \(tokensOfAll) tokens, end \(how ?? "unknown")"
    }
}
