import GRDB
import IPC
import LedgerFormat
import Testing

@testable import Accountant

@Suite(
    "What comes to be known after a stream's end makes its evidence better, never its delivery more"
)
struct CorrectionTests {
    /// A stream that its client left after 40 tokens, which settled in one commit; what follows is later.
    struct Case {
        let folder: TemporaryFolder
        let ledger: Ledger
        var book: StreamBook

        init(
            outcome: Outcome = .clientGone, endpoint: Endpoint = .chatCompletions,
            isRestarted: Bool = true, change: (inout StreamUsage) -> Void = { _ in }
        ) throws {
            folder = try TemporaryFolder()
            ledger = try Ledger(directory: folder.path)
            book = StreamBook(prices: try Sample.prices())
            var opened = Sample.opened(1)
            opened.endpoint = endpoint
            book.apply(.opened(opened), from: Sample.worker, now: 1) { _ in false }
            var usage = Sample.usage(tokens: 40)
            usage.promptSource = .estimated
            change(&usage)
            book.apply(
                .settled(
                    StreamSettled(
                        stream: 1, sequence: 5, outcome: outcome, status: 200,
                        durationNanoseconds: 1, reason: nil, usage: usage)),
                from: Sample.worker, now: 2
            ) { _ in false }
            if isRestarted {
                try commit()
                book = StreamBook(prices: try Sample.prices())
            }
        }

        mutating func commit() throws {
            try ledger.commit(book.changes, open: book.open, now: 3)
            book.committed()
        }

        mutating func amend(
            _ sequence: UInt64, stream: UInt64 = 1, _ change: (inout StreamUsage) -> Void
        )
            throws
        {
            var usage = Sample.usage(tokens: 40)
            change(&usage)
            let ledger = ledger
            try book.apply(
                .amended(StreamAmended(stream: stream, sequence: sequence, usage: usage)),
                from: Sample.worker, now: 9, settled: { try ledger.settled($0) },
                isRecorded: { try ledger.isRecorded($0) })
        }

        /// The record as it is shown.
        func line() throws -> String { try ledger.lines().first ?? "" }

        func corrections() throws -> Int {
            try ledger.reader.read {
                try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM correction") ?? 0
            }
        }
    }

    @Test(
        "The final report replaces the prompt's estimate; the completion stays what was delivered",
        arguments: [true, false])
    func finalReport(isRestarted: Bool) throws {
        var test = try Case(isRestarted: isRestarted)
        try test.amend(6) {
            $0.promptReported = 13
            $0.completionReported = 900
            $0.completionProduced = 880
            $0.reasoningTokens = 4
            // Of what was delivered an amendment says nothing.
            $0.completionDelivered = 880
            $0.bytesAcknowledged = 1 << 20
        }
        try test.commit()
        let line = try test.line()
        #expect(
            line.contains(
                "\"prompt_tokens\":{\"reported\":13,\"produced\":11,\"delivered\":null,"
                    + "\"billed\":13,\"source\":\"reported\",\"calibration\":null}"))
        #expect(
            line.contains(
                "\"completion_tokens\":{\"reported\":900,\"produced\":880,\"delivered\":40,"
                    + "\"billed\":40,\"source\":\"counted\",\"calibration\":null}"))
        #expect(line.contains("\"bytes_acknowledged\":400,\"cost_nanodollars\":93000,"))
        #expect(line.contains("\"reasoning_tokens\":4,") && line.contains("\"corrections\":1}"))
        // The record itself is as it was.
        let found = try test.ledger.reader.read {
            try Row.fetchOne($0, sql: "SELECT * FROM record")
        }
        let raw = try #require(found)
        #expect(
            raw["prompt_billed"] as Int64? == 11 && raw["completion_reported"] as Int64? == nil)
        #expect(raw["cost_nanodollars"] as Int64? == 91_000)
        #expect(try LedgerChainTests.verify(test.ledger.path).finding == nil)
    }

    @Test("A report below what was delivered bounds the bill")
    func lower() throws {
        var test = try Case()
        try test.amend(6) { $0.completionReported = 25 }
        try test.commit()
        #expect(try test.line().contains("\"delivered\":40,\"billed\":25,\"source\":\"reported\""))
    }

    @Test("A completed stream without a report is never charged more than it was")
    func completed() throws {
        var test = try Case(outcome: .completed)
        try test.amend(6) { $0.completionReported = 60 }
        try test.commit()
        #expect(
            try test.line().contains(
                "\"reported\":60,\"produced\":40,\"delivered\":40,\"billed\":40"))
        try test.amend(7) { $0.completionReported = 30 }
        try test.commit()
        #expect(try test.line().contains("\"billed\":30,\"source\":\"reported\""))
        #expect(try test.line().contains("\"corrections\":2}"))
        #expect(try test.corrections() == 2)
    }

    @Test("Twice, stale, or without anything new changes nothing", arguments: [true, false])
    func idempotent(isCommitted: Bool) throws {
        var test = try Case()
        try test.amend(6) { $0.promptReported = 13 }
        if isCommitted { try test.commit() }
        try test.amend(6) { $0.promptReported = 13 }
        try test.amend(6) { $0.promptReported = 14 }
        try test.amend(5) { $0.promptReported = 15 }
        try test.amend(4) { $0.promptReported = 16 }
        try test.amend(7) { $0.promptReported = 13 }
        if !test.book.changes.isEmpty { try test.commit() }
        #expect(try test.corrections() == 1)
        #expect(try test.line().contains("\"reported\":13,\"produced\":11"))
        // After a death before consuming, all comes again.
        test.book = StreamBook(prices: try Sample.prices())
        try test.amend(6) { $0.promptReported = 13 }
        #expect(test.book.changes.isEmpty)
    }

    @Test("One that is not above the settlement's own number is stale")
    func staleAfterSettlement() throws {
        var test = try Case()
        try test.amend(5) { $0.promptReported = 13 }
        #expect(test.book.changes.isEmpty && test.book.refusedAmendments == 0)
    }

    @Test("Two of one commit, and later ones, each go on from the one before")
    func several() throws {
        var test = try Case(isRestarted: false)
        try test.amend(6) { $0.completionReported = 70 }
        try test.amend(7) { $0.promptReported = 13 }
        try test.commit()
        try test.amend(8) { $0.cachedTokens = 3 }
        try test.commit()
        let line = try test.line()
        #expect(line.contains("\"reported\":70") && line.contains("\"reported\":13"))
        // 10 tokens at 1,000, 3 cached at 100, 40 at 2,000 nano-dollars.
        #expect(
            line.contains("\"cached_tokens\":3,") && line.contains("\"cost_nanodollars\":90300,"))
        #expect(line.contains("\"corrections\":3}"))
        #expect(try LedgerChainTests.verify(test.ledger.path).finding == nil)
    }

    @Test("A stream that was lost with its worker can be amended too")
    func workerLost() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        var book = StreamBook(prices: try Sample.prices())
        book.apply(.opened(Sample.opened(1)), from: Sample.worker, now: 1) { _ in false }
        book.apply(Sample.progress(1, 3, tokens: 40), from: Sample.worker, now: 1) { _ in false }
        _ = book.settleLost(
            incarnation: Sample.worker.incarnation, now: 2, endedAt: 2, limit: 9
        ) { _, _ in nil }
        var usage = Sample.usage(tokens: 50)
        usage.promptReported = 12
        book.apply(
            .amended(StreamAmended(stream: 1, sequence: 4, usage: usage)), from: Sample.worker,
            now: 3
        ) { _ in false }
        try ledger.commit(book.changes, open: book.open, now: 3)
        let line = try #require(try ledger.lines().first)
        #expect(
            line.contains("worker_lost") && line.contains("\"billed\":12,\"source\":\"reported\""))
        #expect(line.contains("\"produced\":50,\"delivered\":40,\"billed\":40"))
    }

    @Test("An amendment of a stream that is open, or that nobody knows, is refused and counted")
    func unknown() throws {
        var test = try Case()
        try test.amend(6, stream: 2) { $0.promptReported = 13 }
        test.book.apply(.opened(Sample.opened(3)), from: Sample.worker, now: 1) { _ in false }
        try test.amend(6, stream: 3) { $0.promptReported = 13 }
        #expect(test.book.refusedAmendments == 2 && test.book.changes.corrections.isEmpty)
    }

    @Test("A stream whose provider is only later seen to have accepted is charged its prompt")
    func acceptedLater() throws {
        var test = try Case {
            $0.providerAccepted = false
            $0.completionProduced = nil
            $0.completionDelivered = nil
        }
        #expect(try test.line().contains("\"billed\":0,\"source\":\"none\""))
        try test.amend(6) {
            $0.promptReported = 13
            $0.completionReported = 500
        }
        try test.commit()
        let line = try test.line()
        #expect(line.contains("\"billed\":13,\"source\":\"reported\""))
        #expect(line.contains("\"delivered\":null,\"billed\":0,\"source\":\"none\""))
        #expect(line.contains("\"cost_nanodollars\":13000,"))
    }

    @Test("The price is that of the record, also when the table has another one since")
    func price() throws {
        var test = try Case()
        test.book = StreamBook(
            prices: try PriceTable(
                rules: [.init(match: "test-*", input: 9000, output: 9000)], shipped: .empty))
        try test.amend(6) { $0.promptReported = 13 }
        try test.commit()
        #expect(try test.line().contains("\"cost_nanodollars\":93000,"))
    }

    @Test("A count that was corrected by a ratio keeps that ratio")
    func calibrated() throws {
        let ratio = Calibration(ratio: 1_200_000, error: 10, samples: 9)
        var stream = SettledStream(
            key: StreamKey(incarnation: 1, stream: 1), outcome: .clientGone,
            endpoint: .chatCompletions, providerModel: "test-1", streamSequence: 1, corrections: 0,
            usage: Sample.usage(tokens: 50),
            bill: .init(
                prompt: .init(tokens: 13, source: .calibrated, calibration: ratio),
                completion: .init(tokens: 60, source: .calibrated, calibration: ratio)),
            priced: nil)
        stream.usage.countSource = .estimated
        var usage = StreamUsage()
        usage.completionProduced = 70
        let found = stream.correction(
            by: StreamAmended(stream: 1, sequence: 2, usage: usage), now: 1,
            prices: try Sample.prices())
        #expect(found?.bill == stream.bill && found?.usage.completionProduced == 70)
    }

    @Test("Sums and filters see records as they were corrected")
    func totals() async throws {
        var test = try Case()
        try test.amend(6) { $0.promptReported = 13 }
        try test.commit()
        let reader = UsageReader(test.ledger.reader)
        let totals = try await reader.totals(UsageQuery())
        #expect(totals.contains("\"records\":1,\"prompt_tokens_billed\":13,"))
        #expect(totals.contains("\"cost_nanodollars\":93000,"))
        let query = UsageQuery()
        let (page, _) = try await reader.page(query, at: try await reader.begin(query))
        #expect(page.contains("\"corrections\":1}"))
    }

    @Test("Reading still goes through the index of the start")
    func plan() throws {
        let test = try Case()
        let plan = try test.ledger.reader.read {
            try Row.fetchAll(
                $0,
                sql: "EXPLAIN QUERY PLAN SELECT * FROM \(ChainedTable.effectiveRecords) "
                    + "WHERE sequence <= 5 AND started_at >= 3 ORDER BY started_at, sequence LIMIT 9"
            )
        }.map { $0["detail"] as String }
        #expect(plan.contains { $0.contains("USING INDEX record_started") }, "\(plan)")
        #expect(
            !plan.contains { $0.contains("MATERIALIZE") || $0.contains("TEMP B-TREE") }, "\(plan)")
    }
}
