/// One stream in its client's book: what it asked for, what it got, how it ended.
struct ClientEntry: Equatable, Sendable {
    /// How the client's connection, or its wish for an answer, ended.
    enum End: Equatable, Sendable {
        /// The answer came to its proper end.
        case complete
        /// The client left.
        case left
        /// The gateway's end of the connection came first.
        case endOfFile
        /// A reset, or a send into one; the error's number.
        case reset(Int32)
        /// The connection was never made; the error's number.
        case refused(Int32)
        /// Nothing more came for so long that nothing will.
        case hung
    }

    var order: StreamOrder
    var kind = ClientKind.reader
    var isUnix = false
    /// The number of the connection.
    var connection = 0
    /// There were answers on the connection before.
    var isReused = false
    /// All bytes of the request left.
    var isSent = false
    /// Of the answer's head; nil: none came.
    var status: Int?
    /// Content in whole events within the bytes that the client's kernel took, read or not.
    var tokens = 0
    /// The most that one write of the gateway can have brought at the end: `ClientConnection.writeTokens`.
    var writeTokens = 0
    /// The stream was paced and read as it came: one write's events arrived together.
    var isPaced = false
    /// Bytes of the answer's body, framing included.
    var bodyBytes = 0
    /// The event that ends a stream was there to its last byte but the blank line.
    var sawTerminal = false
    /// The answer has its proper end by its framing.
    var isWhole = false
    var end = End.complete
    /// It left by a reset, which acknowledges nothing: the last bytes may be taken and not acknowledged.
    var leftByReset = false
    /// The kernel's count of received bytes contradicts what was read.
    var miscounted: String?
    /// Nanoseconds since the epoch: the connection's start, the request's, and the end.
    var connectedAt = 0
    var startedAt = 0
    var endedAt = 0
}

extension ClientEntry: CustomStringConvertible {
    /// One line, for a difference.
    var description: String {
        let life = (endedAt - startedAt) / 1_000_000
        var parts = [
            "\(kind.rawValue) on \(isUnix ? "unix" : "tcp") connection \(connection): \(order)",
            "status \(status.map { "\($0)" } ?? "none")",
            "tokens \(tokens) in \(bodyBytes) bytes (a write: \(writeTokens))", "end \(end)",
            "from \(startedAt) for \(life) ms",
        ]
        if !isSent { parts.append("request not whole") }
        if isReused { parts.append("reused connection") }
        if sawTerminal { parts.append("saw the terminal event") }
        if isWhole { parts.append("whole") }
        if leftByReset { parts.append("left by reset") }
        return parts.joined(separator: ", ")
    }
}
