/// What the checker found.
struct Report: Equatable, Sendable {
    var differences: [Difference] = []
    /// Streams by the client's kind and how its side ended.
    var ends: [String: [String: Int]] = [:]
    var outcomes: [String: Int] = [:]
    var accepted = 0
    var completed = 0
    /// Tokens of completed streams: as billed, and as the mock reported them.
    var completedBilled = 0
    var completedReported = 0
    /// Tokens of all streams: in the clients' books, in the ledger, in the mock's.
    var tokensReceived = 0
    var tokensBilled = 0
    var tokensSent = 0
    /// Streams of killed workers: tokens that the client has and the bill has not. Paced ones that were read
    /// as they came, and the others.
    var shortfallPaced = Histogram()
    var shortfallBurst = Histogram()
    /// Streams of killed workers whose bytes lay in the kernel when they died: tokens that the bill has,
    /// and the client, who had left or was reset, has not.
    var excessKilled = Histogram()
    /// Streams whose client left a living worker: tokens that it had and had not acknowledged.
    var shortfallLeft = Histogram()
    /// Streams whose client had the terminal event, and reset before its kernel had acknowledged it.
    var resetUnacknowledged = 0
    /// Answers of 503: the books were too far behind.
    var turnedAway = 0
    /// Connections that ended unasked between two requests.
    var endedIdle = 0

    /// The longest life of a client's connection, milliseconds.
    var longest = 0

    static let differencesShown = 10

    /// The report as it is printed, without the head line.
    var text: String {
        var lines = ["streams by client and end:"]
        for (kind, counts) in ends.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(kind): \(Self.list(counts))")
        }
        lines += [
            "accepted streams: \(accepted); by the ledger: \(Self.list(outcomes))",
            "turned away with 503: \(turnedAway); connections ended between requests: \(endedIdle); "
                + "longest connection: \(longest) ms",
            "tokens, all streams: mock sent \(tokensSent), clients received \(tokensReceived), "
                + "ledger billed \(tokensBilled)",
            "tokens, \(completed) completed streams: mock reported \(completedReported), "
                + "ledger billed \(completedBilled)",
            "killed workers' paced streams, tokens short of the client's (tokens: streams): "
                + "\(shortfallPaced)",
            "killed workers' other streams, the same: \(shortfallBurst)",
            "killed workers' streams, flushed and lost in the kernel (tokens: streams): "
                + "\(excessKilled)",
            "living workers' left streams, received and not acknowledged (tokens: streams): "
                + "\(shortfallLeft)",
            "clients that had the terminal event and reset before acknowledging it: "
                + "\(resetUnacknowledged)",
        ]
        guard !differences.isEmpty else {
            return (lines + ["differences: none"]).joined(separator: "\n")
        }
        let kinds = Dictionary(grouping: differences, by: \.kind.rawValue).mapValues(\.count)
        lines.append("DIFFERENCES: \(differences.count) (\(Self.list(kinds)))")
        for difference in differences.prefix(Self.differencesShown) {
            lines.append("  \(difference.kind.rawValue): \(difference.text)")
        }
        return lines.joined(separator: "\n")
    }

    private static func list(_ counts: [String: Int]) -> String {
        counts.isEmpty
            ? "none"
            : counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                .joined(separator: ", ")
    }
}
