@testable import ChaosHarness

/// Books that agree: one stream that was completed, one whose client left, one whose worker was killed, and
/// a client that sent no request.
enum Sample {
    /// Places in the books.
    static let completed = 0
    static let left = 1
    static let lost = 2

    static var books: Books {
        var books = Books()
        books.clients = [
            client(1, tokens: 20), client(2, tokens: 7, kind: .leaver, end: .left),
            client(3, tokens: 9, end: .endOfFile),
            client(4, tokens: 0, kind: .earlyLeaver, end: .left),
        ]
        books.clients[3].isSent = false
        books.clients[3].status = nil
        books.ledger = [
            record(1, "completed", billed: 21), record(2, "client_gone", billed: 7),
            record(3, "worker_lost", billed: 8),
        ]
        books.ledger[0].completionTokens.reported = 21
        books.mock = [mock(1, events: 24), mock(2, events: 9), mock(3, events: 10)]
        books.kills = [Kill(target: .worker, signal: 9, from: 5_000, until: 6_000, slots: [1])]
        return books
    }

    static func client(
        _ tag: Int, tokens: Int, kind: ClientKind = .reader, end: ClientEntry.End = .complete
    ) -> ClientEntry {
        var order = StreamOrder(tag: tag)
        order.tokens = 20
        order.reported = 21
        order.interval = 1_000
        var entry = ClientEntry(order: order, kind: kind, connection: tag)
        entry.isSent = true
        entry.status = 200
        entry.tokens = tokens
        entry.writeTokens = 1
        entry.isPaced = true
        entry.bodyBytes = tokens * 200
        entry.isWhole = end == .complete
        entry.sawTerminal = end == .complete
        entry.end = end
        entry.connectedAt = 1_000
        entry.startedAt = 1_000
        entry.endedAt = 9_000
        return entry
    }

    static func record(_ tag: Int, _ outcome: String, billed: Int) -> LedgerEntry {
        var record = LedgerEntry(
            id: "id\(tag)", promptTokens: LedgerEntry.Tokens(), completionTokens: .init())
        record.model = "chaos-o-\(tag)"
        record.outcome = outcome
        record.status = 200
        record.worker = 1
        record.promptTokens.billed = 11
        record.completionTokens.billed = billed
        return record
    }

    static func mock(_ tag: Int, events: Int) -> MockEntry {
        var entry = MockEntry(tag: tag, dialect: .chat)
        entry.asked = ["n": "20", "completion": "21", "prompt": "11"]
        entry.events = events
        entry.how = "complete"
        return entry
    }
}
