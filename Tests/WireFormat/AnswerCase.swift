import Testing

@testable import WireFormat

/// An answer, and what has to be found in it.
struct AnswerCase: CustomTestStringConvertible, Sendable {
    let name: String
    let dialect: Dialect
    var isEventStream = true
    let body: String
    /// The text of each choice.
    var content: [Int: String] = [:]
    /// The kinds of the boundaries, comments left out.
    var kinds: [EventKind] = []
    /// Sets what the facts say beside their defaults.
    var facts: @Sendable (inout AnswerFacts) -> Void = { _ in }

    var testDescription: String { name }

    var bytes: [UInt8] { Array(body.utf8) }

    var expectedFacts: AnswerFacts {
        var expected = AnswerFacts()
        facts(&expected)
        return expected
    }
}
