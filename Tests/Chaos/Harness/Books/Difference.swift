/// One contradiction between the books.
struct Difference: Equatable, Sendable {
    enum Kind: String, CaseIterable, Sendable {
        /// An accepted stream without a record.
        case missingRecord = "missing record"
        case doubledRecord = "doubled record"
        /// A record that no client's stream belongs to.
        case strangeRecord = "record without a stream"
        case unsettledRecord = "unsettled record"
        /// Billed more than the client's kernel took.
        case overbilled
        /// A killed worker's stream that is billed less than the client has, by more than one write.
        case underbilled = "underbilled by more than a write"
        /// Called lost with its worker, whom nobody killed.
        case notKilled = "worker lost without a kill"
        /// Called completed, but the client has not the whole answer.
        case notRead = "completed, but not received"
        /// The client has the whole answer, but it is not called completed.
        case notCompleted = "received, but not completed"
        /// A completed stream that is not billed what the mock reported.
        case notAsReported = "not billed as reported"
        case refused = "connection refused"
        case reset = "connection reset without a kill"
        case cut = "connection ended without a kill"
        case hung = "no end"
        /// A client's own book does not add up: then it proves nothing.
        case clientBook = "client's book"
        case service
    }

    var kind: Kind
    var text: String
}
