import CLinux
import GRDB
import IPC
import Testing

@testable import Accountant

@Suite("The ledger says the same, however often and in whatever pieces records arrive")
struct LedgerTests {
    /// Records of some streams of two workers, in the order in which they were made.
    static func history(_ random: inout SeededGenerator) -> [(WorkerIdentity, UsageRecord)] {
        var result: [(WorkerIdentity, UsageRecord)] = []
        for incarnation in UInt64(1)...2 {
            let worker = WorkerIdentity(
                incarnation: incarnation << 63 | 5, slot: UInt16(incarnation), generation: 1)
            for stream in UInt64(1)...UInt64.random(in: 1...6, using: &random) {
                result.append((worker, .opened(Sample.opened(stream))))
                let steps = UInt64.random(in: 0...4, using: &random)
                for step in 0..<steps {
                    result.append((worker, Sample.progress(stream, step + 1, tokens: step * 3)))
                }
                if UInt64.random(in: 0...3, using: &random) > 0 {
                    let outcome: Outcome = Bool.random(using: &random) ? .completed : .clientGone
                    result.append(
                        (
                            worker,
                            Sample.settled(stream, steps + 1, tokens: steps * 3, outcome: outcome)
                        ))
                }
            }
        }
        return result
    }

    /// The same records in another order and some of them again. Only the first `opened` of a stream
    /// stays before its first `settled`, as it is in every channel.
    static func disturbed(
        _ history: [(WorkerIdentity, UsageRecord)], _ random: inout SeededGenerator
    ) -> [(WorkerIdentity, UsageRecord)] {
        var all = history
        for entry in history where UInt64.random(in: 0...2, using: &random) == 0 {
            all.append(entry)
        }
        all.shuffle(using: &random)
        var opened: Set<StreamKey> = []
        var held: [StreamKey: [(WorkerIdentity, UsageRecord)]] = [:]
        var result: [(WorkerIdentity, UsageRecord)] = []
        for (worker, record) in all {
            let key = StreamKey(incarnation: worker.incarnation, stream: record.stream)
            switch record {
            case .opened where opened.insert(key).inserted:
                result.append((worker, record))
                result += held.removeValue(forKey: key) ?? []
            case .settled where !opened.contains(key):
                held[key, default: []].append((worker, record))
            case .opened, .progress, .settled, .amended: result.append((worker, record))
            }
        }
        return result
    }

    static func book(_ ledger: Ledger, _ history: [(WorkerIdentity, UsageRecord)]) throws
        -> StreamBook
    {
        var book = StreamBook(open: try ledger.openStreams(), prices: try Sample.prices())
        for worker in Set(history.map(\.0)) {
            book.register(worker, highest: try ledger.highestStream(worker.incarnation))
        }
        return book
    }

    @Test(
        "Doubling, other order, other batches and deaths at any point change nothing",
        arguments: 0..<60)
    func sameTable(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let history = Self.history(&random)
        let straightFolder = try TemporaryFolder()
        let straight = try Ledger(directory: straightFolder.path)
        var book = try Self.book(straight, history)
        for (worker, record) in history {
            try book.apply(record, from: worker, now: 9) { try straight.isRecorded($0) }
        }
        try straight.commit(book.changes, open: book.open, now: 9)

        let folder = try TemporaryFolder()
        var ledger = try Ledger(directory: folder.path)
        let delivery = Self.disturbed(history, &random)
        book = try Self.book(ledger, history)
        var position = 0
        var consumed = 0
        while position < delivery.count {
            let end = min(delivery.count, position + Int.random(in: 1...7, using: &random))
            for (worker, record) in delivery[position..<end] {
                try book.apply(record, from: worker, now: 9) { try ledger.isRecorded($0) }
            }
            switch Int.random(in: 0..<10, using: &random) {
            case 0:  // dies before the commit: delivered again
                ledger = try Ledger(directory: folder.path)
                book = try Self.book(ledger, history)
                position = consumed
            case 1:  // dies after the commit, before consuming: delivered again
                try ledger.commit(book.changes, open: book.open, now: 9)
                ledger = try Ledger(directory: folder.path)
                book = try Self.book(ledger, history)
                position = consumed
            case 2:  // the commit fails, more records come before it is tried again
                position = end
            default:
                try ledger.commit(book.changes, open: book.open, now: 9)
                book.committed()
                position = end
                consumed = end
            }
        }
        try ledger.commit(book.changes, open: book.open, now: 9)
        book.committed()
        #expect(try ledger.lines() == straight.lines())
        #expect(try ledger.openStreams() == straight.openStreams())
        #expect(book.open == (try ledger.openStreams()))
    }

    @Test("A death between commit and consume costs nothing and doubles nothing")
    func deathBetweenCommitAndConsume() throws {
        let folder = try TemporaryFolder()
        let worker = try TestWorker()
        try worker.send([
            .opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5), .opened(Sample.opened(2)),
            Sample.progress(2, 1, tokens: 3),
        ])
        do {
            let ledger = try Ledger(directory: folder.path)
            var receiver = UsageReceiver(descriptor: worker.receiver)
            guard case .records(let records, _) = receiver.peek() else {
                Issue.record("nothing waits")
                return
            }
            var book = StreamBook(prices: try Sample.prices())
            for record in records {
                try book.apply(record, from: worker.identity, now: 1) { try ledger.isRecorded($0) }
            }
            try ledger.commit(book.changes, open: book.open, now: 1)
        }
        let ledger = try Ledger(directory: folder.path)
        let before = try ledger.lines()
        #expect(before.count == 1)
        var intake = try UsageIntake.make(ledger)
        try intake.attach(worker)
        #expect(intake.collect() == .committed(ended: []))
        #expect(try ledger.lines() == before)
        #expect(intake.book.open.count == 1)
        var receiver = UsageReceiver(descriptor: worker.receiver)
        #expect(receiver.peek() == .nothing)
    }

    @Test("A settled record whose beginning was never seen still gives a record")
    func settledWithoutOpened() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        var book = StreamBook(prices: try Sample.prices())
        book.apply(Sample.settled(7, 4, tokens: 5), from: Sample.worker, now: 1_500_000_000) { _ in
            false
        }
        try ledger.commit(book.changes, open: book.open, now: 1)
        let line = try #require(try ledger.lines().first)
        #expect(line.contains("\"key\":null,\"endpoint\":null,\"model\":null"))
        #expect(line.contains("\"started_at\":\"1970-01-01T00:00:00.000Z\""))
        #expect(line.contains("\"cost_nanodollars\":null"))
        #expect(line.contains("\"billed\":5"))
    }

    @Test("Records are never changed and never removed")
    func appendOnly() throws {
        let folder = try TemporaryFolder()
        let ledger = try UsageQueryTests.filled(folder)
        let other = try DatabaseQueue(path: ledger.path)
        for sql in ["UPDATE record SET cost_nanodollars = 0", "DELETE FROM record"] {
            #expect(throws: DatabaseError.self) { try other.write { try $0.execute(sql: sql) } }
        }
    }

    @Test("A ledger of a newer version is refused")
    func newer() throws {
        let folder = try TemporaryFolder()
        let path = try Ledger(directory: folder.path).path
        try DatabaseQueue(path: path).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 of tomorrow')")
        }
        #expect(throws: Ledger.Failure.writtenByNewerVersion) { try Ledger(directory: folder.path) }
    }

    @Test("Commits reach the disk, and a price that was applied can be read again")
    func durability() throws {
        let folder = try TemporaryFolder()
        let ledger = try UsageQueryTests.filled(folder)
        #expect(try ledger.synchronousMode() == 2)
        let rates = try ledger.reader.read {
            try String.fetchAll($0, sql: "SELECT rates FROM price")
        }
        #expect(rates.count == 1 && rates.first?.contains("\"input\":1000000,") == true)
    }

    @Test("One record is shown exactly so")
    func golden() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        var book = StreamBook(prices: try Sample.prices())
        var usage = Sample.usage(tokens: 40)
        usage.promptReported = 12
        usage.completionReported = 90
        usage.cachedTokens = 2
        usage.reasoningTokens = 8
        usage.firstByteNanoseconds = 212_500_000
        var opened = Sample.opened(10)
        opened.key = "a\"b\u{2028}\n"
        book.apply(.opened(opened), from: Sample.worker, now: 1) { _ in false }
        book.apply(
            .settled(
                StreamSettled(
                    stream: 10, sequence: 3, outcome: .clientGone, status: 200,
                    durationNanoseconds: 1_499_999, reason: "client_reset", usage: usage)),
            from: Sample.worker, now: 2
        ) { _ in false }
        try ledger.commit(book.changes, open: book.open, now: 1)
        let version = try #require(book.changes.records.first?.priced?.version)
        // 10 tokens at 1,000, 2 cached at 100, 40 at 2,000 nano-dollars.
        #expect(
            try ledger.lines() == [
                "{\"id\":\"feed000000000001000000000000000a\","
                    + "\"started_at\":\"2026-11-18T11:06:40.123Z\",\"key\":\"a\\\"b\\u2028\\n\","
                    + "\"endpoint\":\"/v1/chat/completions\",\"model\":\"alias\","
                    + "\"provider\":\"openai\",\"provider_model\":\"test-1\",\"stream\":true,"
                    + "\"outcome\":\"client_gone\",\"status\":200,\"reason\":\"client_reset\","
                    + "\"prompt_tokens\":{\"reported\":12,\"produced\":11,\"delivered\":null,"
                    + "\"billed\":12,\"source\":\"reported\",\"calibration\":null},"
                    + "\"completion_tokens\":{\"reported\":90,\"produced\":40,\"delivered\":40,"
                    + "\"billed\":40,\"source\":\"counted\",\"calibration\":null},"
                    + "\"cached_tokens\":2,"
                    + "\"reasoning_tokens\":8,\"chunks_flushed\":40,\"bytes_flushed\":400,"
                    + "\"bytes_acknowledged\":400,\"cost_nanodollars\":90200,"
                    + "\"price_version\":\"\(version)\",\"first_byte_ms\":213,\"duration_ms\":1,"
                    + "\"worker\":1,\"generation\":3,\"corrections\":0}"
            ])
    }
}
