import Foundation
import GRDB
import IPC
import Testing

@testable import Accountant

@Suite("A wall clock that steps moves no record and no timer")
struct ClockStepTests {
    private static let hour: Int64 = 3_600_000_000_000
    private static let second: UInt64 = 1_000_000_000

    private struct Row: Equatable {
        var sequence: Int64
        var stream: UInt64
        var startedAt: Int64
        var duration: Int64?
        var outcome: String
    }

    private static func rows(_ ledger: Ledger) throws -> [Row] {
        try ledger.reader.read { db in
            try GRDB.Row.fetchAll(db, sql: "SELECT * FROM record ORDER BY sequence").map {
                Row(
                    sequence: $0["sequence"],
                    stream: UInt64(($0["id"] as String).suffix(16), radix: 16) ?? 0,
                    startedAt: $0["started_at"], duration: $0["duration_ns"],
                    outcome: $0["outcome"])
            }
        }
    }

    private static func opened(_ stream: UInt64, _ clock: ManualClock) -> UsageRecord {
        var opened = Sample.opened(stream)
        opened.startedAt = clock.realtime
        return .opened(opened)
    }

    /// A stream between its begin and its end, in the order of the test's own book.
    private struct Life {
        var stream: UInt64
        var began: UInt64
    }

    @Test("Steps of hours between and within streams, and at restarts", arguments: 1...5)
    func random(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let clock = ManualClock()
        let folder = try TemporaryFolder()
        let worker = try TestWorker()
        var ledger = try Ledger(directory: folder.path)
        var intake = try UsageIntake.make(ledger, clock: clock.clock)
        try intake.attach(worker)
        var open: [Life] = []
        var settled: [Life] = []
        var last: UInt64 = 0
        for _ in 0..<600 {
            clock.pass(UInt64.random(in: 0...Self.second, using: &random))
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<4:
                last += 1
                open.append(Life(stream: last, began: clock.monotonic))
                try worker.send([Self.opened(last, clock)])
            case 4..<6:
                guard let life = open.randomElement(using: &random) else { continue }
                try worker.send([
                    Sample.progress(life.stream, clock.monotonic, tokens: 1)
                ])
            case 6..<9:
                guard !open.isEmpty else { continue }
                let life = open.remove(at: Int.random(in: 0..<open.count, using: &random))
                settled.append(life)
                try worker.send([Self.settled(life, clock)])
            case 9: clock.step(Int64.random(in: -30...30, using: &random) * Self.hour)
            case 10: #expect(intake.collect() == .committed(ended: []))
            default:
                // What was applied and not committed is peeked again by the next.
                try ledger.close()
                ledger = try Ledger(directory: folder.path)
                intake = try UsageIntake.make(ledger, clock: clock.clock)
                try intake.attach(worker)
            }
        }
        _ = intake.collect()
        let rows = try Self.rows(ledger)
        #expect(rows.map(\.stream) == settled.map(\.stream))
        #expect(rows.map(\.sequence) == (1...Int64(rows.count)).map { $0 })
        #expect(rows.allSatisfy { $0.outcome == "completed" && ($0.duration ?? -1) >= 0 })
        #expect(rows.count > 50)
    }

    private static func settled(_ life: Life, _ clock: ManualClock) -> UsageRecord {
        .settled(
            StreamSettled(
                stream: life.stream, sequence: .max, outcome: .completed, status: 200,
                durationNanoseconds: clock.monotonic - life.began, reason: nil,
                usage: Sample.usage(tokens: 3)))
    }

    @Test(
        "The duration of a stream lost with its worker is the time that passed, whatever the clock did",
        arguments: [-5 * hour, 0, 5 * hour])
    func lost(step: Int64) throws {
        let clock = ManualClock()
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        var intake = try UsageIntake.make(ledger, clock: clock.clock)
        let worker = try TestWorker()
        try intake.attach(worker)
        try worker.send([Self.opened(1, clock)])
        // It lay in the channel for so long.
        clock.pass(5_000_000)
        _ = intake.collect()
        clock.step(step)
        clock.pass(7 * Self.second)
        worker.die()
        #expect(intake.collect() == .committed(ended: [worker.identity.incarnation]))
        let row = try #require(try Self.rows(ledger).first)
        #expect(row.duration == 7_005_000_000)
        #expect(row.startedAt == Sample.startedAt)
    }

    @Test(
        "After a restart of the accountant, a clock that went back gives a duration of 0, not less")
    func lostAfterRestart() throws {
        let clock = ManualClock()
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        let worker = try TestWorker()
        do {
            var intake = try UsageIntake.make(ledger, clock: clock.clock)
            try intake.attach(worker)
            try worker.send([Self.opened(1, clock)])
            _ = intake.collect()
        }
        clock.step(-2 * Self.hour)
        worker.die()
        var intake = try UsageIntake.make(ledger, clock: clock.clock)
        try intake.attach(worker)
        #expect(intake.collect() == .committed(ended: [worker.identity.incarnation]))
        #expect(try Self.rows(ledger).first?.duration == 0)
    }

    @Test("Pages of /usage have every record once, with starts in any order and many at once")
    func pages() async throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        var random = SeededGenerator(seed: 9)
        var book = StreamBook(prices: try Sample.prices())
        func add(_ streams: ClosedRange<UInt64>) throws {
            for stream in streams {
                var opened = Sample.opened(stream)
                // Few different ones, hours apart, in both directions.
                opened.startedAt += Int64.random(in: -3...3, using: &random) * Self.hour
                for record in [.opened(opened), Sample.settled(stream, 1, tokens: 1)] {
                    book.apply(record, from: Sample.worker, now: 0) { _ in false }
                }
            }
            try ledger.commit(book.changes, open: book.open, now: 0)
            book.committed()
        }
        try add(1...1_700)
        for order in [UsageQuery.Order.ascending, .descending] {
            let reader = UsageReader(ledger.reader)
            var query = UsageQuery()
            query.order = order
            var ids: [Substring] = []
            var position: UsageReader.Position? = try await reader.begin(query)
            let known = try Self.rows(ledger).count
            var next = UInt64(known) + 1
            while let current = position {
                let (text, following) = try await reader.page(query, at: current)
                ids += text.split(separator: "\n").map { $0.prefix(50) }
                position = following
                // While the answer is under way, records come that started before all of it.
                try add(next...next)
                next += 1
            }
            #expect(ids.count == known)
            #expect(Set(ids).count == known)
        }
    }

    @Test("Orphans are settled when their time has passed, not when the wall clock says so")
    func orphans() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            do {
                var intake = try UsageIntake.make(Ledger(directory: folder.path))
                let worker = try TestWorker()
                try worker.send([.opened(Sample.opened(1))])
                try intake.attach(worker)
                _ = intake.collect()
            }
            let clock = ManualClock()
            let accountant = try RunningAccountant(folder: folder, clock: clock.clock)
            #expect(accountant.next() == .ready)
            for step in [25 * Self.hour, -50 * Self.hour] {
                clock.step(step)
                accountant.expectPong(1)
                #expect(try accountant.ledger.lines().isEmpty)
            }
            clock.pass(AccountantLoop.Times().orphans)
            // Wakes the loop. It works once it has answered all that has come, so the next ones may be answered
            // before that; not a hundred of them.
            for number in UInt64(2)...100 where try accountant.ledger.lines().isEmpty {
                accountant.expectPong(number)
            }
            #expect(try accountant.ledger.lines().count == 1)
            accountant.hangUp()
            #expect(accountant.waitForExit() == 0)
        }
    }

    @Test("A drain ends by the monotonic clock, and loses nothing to steps")
    func drain() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let clock = ManualClock(isRunning: true)
            let accountant = try RunningAccountant(folder: folder, clock: clock.clock)
            #expect(accountant.next() == .ready)
            let worker = try TestWorker()
            accountant.attach(worker)
            try worker.send([.opened(Sample.opened(1)), .opened(Sample.opened(2))])
            accountant.send(.drain(milliseconds: 600_000))
            for step in [30 * Self.hour, -60 * Self.hour] {
                clock.step(step)
                accountant.expectPong(1)
            }
            try worker.send([Sample.settled(1, 1, tokens: 5)])
            while try accountant.ledger.lines().isEmpty { accountant.expectPong(2) }
            clock.pass(700 * Self.second)
            // Wakes the loop, which may end before it answers.
            accountant.send(.ping(3))
            #expect(accountant.waitForExit() == 0)
            #expect(try accountant.ledger.lines().count == 1)
            #expect(try accountant.ledger.openStreams().count == 1)
        }
    }

    @Test("A clock set back does not keep a failed commit from being tried again")
    func retry() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let clock = ManualClock(isRunning: true)
            let accountant = try RunningAccountant(folder: folder, clock: clock.clock)
            #expect(accountant.next() == .ready)
            let worker = try TestWorker()
            accountant.attach(worker)
            let lock = try LedgerLock(path: accountant.ledger.path)
            try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
            worker.die()
            while !accountant.status.snapshot.isLedgerFailing { accountant.expectPong(1) }
            clock.step(-1000 * Self.hour)
            try lock.release()
            #expect(accountant.next() == .released(incarnation: worker.identity.incarnation))
            #expect(try accountant.ledger.lines().count == 1)
            accountant.hangUp()
            #expect(accountant.waitForExit() == 0)
        }
    }
}

extension RunningAccountant {
    /// The loop is awake, and answers.
    func expectPong(_ number: UInt64) {
        send(.ping(number))
        guard case .pong(number, _, _)? = next() else {
            Issue.record("no pong")
            return
        }
    }
}
