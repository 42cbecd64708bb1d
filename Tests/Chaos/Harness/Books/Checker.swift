/// Compares the three books. What it calls a difference, no order of events explains.
struct Checker {
    /// What a killed worker's kernel can have held unsent of one connection: `TCP_NOTSENT_LOWAT`, and one
    /// write.
    static let unsentBytesMax = 16_384 + ClientConnection.writeBytesMax
    /// A killed worker's end is seen so much later at most, on a machine that is busy; nanoseconds.
    static let slack = 10_000_000_000

    let books: Books
    var report = Report()
    private var records: [Int: [LedgerEntry]] = [:]
    private var requests: [Int: [MockEntry]] = [:]

    /// Checks everything.
    static func check(_ books: Books) -> Report {
        var checker = Checker(books: books)
        checker.run()
        return checker.report
    }

    private init(books: Books) { self.books = books }

    mutating func note(_ kind: Difference.Kind, _ text: String) {
        report.differences.append(Difference(kind: kind, text: text))
    }

    private mutating func run() {
        for misdeed in books.misdeeds { note(.service, misdeed) }
        requests = Dictionary(grouping: books.mock, by: \.tag)
        checkLedger()
        for entry in books.clients { check(entry) }
        let tags = Set(books.clients.map(\.order.tag))
        for request in books.mock where !tags.contains(request.tag) {
            note(.strangeRecord, "the mock saw \(request), which no client sent")
        }
        report.tokensSent = books.mock.reduce(0) { $0 + $1.tokensSent }
        report.tokensBilled = books.ledger.reduce(0) { $0 + $1.billed }
        if report.completedBilled != report.completedReported {
            note(
                .notAsReported,
                "all completed streams: \(report.completedBilled) tokens billed, "
                    + "\(report.completedReported) reported")
        }
    }

    private mutating func checkLedger() {
        var seen: Set<String> = []
        let tags = Set(books.clients.map(\.order.tag))
        for record in books.ledger {
            report.outcomes[record.outcome ?? "open", default: 0] += 1
            if !seen.insert(record.id).inserted { note(.doubledRecord, "\(record)") }
            if record.outcome == nil || record.outcome == "open" {
                note(.unsettledRecord, "\(record)")
            }
            guard let tag = record.tag, tags.contains(tag) else {
                note(.strangeRecord, "\(record)")
                continue
            }
            records[tag, default: []].append(record)
        }
    }

    private mutating func check(_ entry: ClientEntry) {
        report.longest = max(report.longest, (entry.endedAt - entry.connectedAt) / 1_000_000)
        report.ends[entry.kind.rawValue, default: [:]][entry.end.name, default: 0] += 1
        report.tokensReceived += entry.tokens
        if let miscounted = entry.miscounted {
            note(.clientBook, "\(miscounted): \(entry)")
        }
        let records = records[entry.order.tag] ?? []
        let requests = requests[entry.order.tag] ?? []
        let isTurnedAway = entry.status == 503 && requests.isEmpty
        if isTurnedAway { report.turnedAway += 1 }
        let isAccepted = (entry.status != nil && !isTurnedAway) || !requests.isEmpty
        if isAccepted { report.accepted += 1 }
        if isAccepted, records.isEmpty {
            note(.missingRecord, "client: \(entry); mock: \(requests)")
        }
        if records.count > 1 { note(.doubledRecord, "\(records); client: \(entry)") }
        if !entry.isSent, let record = records.first {
            note(.strangeRecord, "\(record) of a request that was not whole: \(entry)")
        }
        checkEnd(entry, records.first)
        if let record = records.first { checkBill(entry, record, requests.last) }
    }
}

extension ClientEntry.End {
    /// For the table of the report.
    var name: String {
        switch self {
        case .complete: "complete"
        case .left: "left"
        case .endOfFile: "ended by the gateway"
        case .reset: "reset"
        case .refused: "refused"
        case .hung: "hung"
        }
    }
}
