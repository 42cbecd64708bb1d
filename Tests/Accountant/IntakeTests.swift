import GRDB
import IPC
import Testing

@testable import Accountant

@Suite("Nothing is consumed that is not on disk")
struct IntakeTests {
    @Test("A ledger that is locked loses nothing, says what to do, and works on by itself")
    func locked() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        let lines = LogLines()
        var intake = try UsageIntake.make(ledger, lines.log)
        let worker = try TestWorker()
        try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
        try intake.attach(worker)
        let lock = try LedgerLock(path: ledger.path)
        #expect(intake.collect() == .failed)
        #expect(intake.collect() == .failed)
        #expect(intake.isFailing && lines.contains("another process has locked it"))
        #expect(lines.all.count == 2, "one line when attached, one for the failure")
        var receiver = UsageReceiver(descriptor: worker.receiver)
        guard case .records(let waiting, _) = receiver.peek() else {
            Issue.record("the records are gone")
            return
        }
        #expect(waiting.count == 2)
        try worker.send([.opened(Sample.opened(2))])
        worker.die()
        #expect(intake.collect() == .failed)
        try lock.release()
        #expect(intake.collect() == .committed(ended: []))
        #expect(!intake.isFailing && lines.contains("works again"))
        #expect(intake.collect() == .committed(ended: [worker.identity.incarnation]))
        let records = try ledger.lines()
        #expect(records.count == 2 && records[1].contains("worker_lost"))
    }

    @Test("A lock at the moment when a worker's end is seen delays its settlement, no more")
    func lockedAtTheEnd() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        var intake = try UsageIntake.make(ledger)
        let worker = try TestWorker()
        try worker.send([.opened(Sample.opened(1))])
        try intake.attach(worker)
        _ = intake.collect()
        worker.die()
        let lock = try LedgerLock(path: ledger.path)
        #expect(intake.collect() == .failed)
        #expect(intake.channels.channels.count == 1)
        try lock.release()
        #expect(intake.collect() == .committed(ended: [worker.identity.incarnation]))
        #expect(try ledger.lines().count == 1)
    }

    @Test(
        "Records of another format: those before are taken, the bytes are kept, the channel is parked"
    )
    func unknownVersion() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        let lines = LogLines()
        var intake = try UsageIntake.make(ledger, lines.log)
        let worker = try TestWorker()
        try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
        try worker.send(bytes: [3, 0, 0, 0, 200, 1, 0])
        try intake.attach(worker)
        _ = intake.collect()
        #expect(try ledger.lines().count == 1)
        #expect(intake.channels.parked.map(\.incarnation) == [worker.identity.incarnation])
        #expect(intake.channels.readable.isEmpty && lines.contains("format 200"))
        worker.die()
        // Parked it stays, also at its end; its streams are no orphans.
        #expect(intake.collect() == .committed(ended: []))
        #expect(intake.settleOrphans() == .committed(ended: []))
        var receiver = UsageReceiver(descriptor: worker.receiver)
        guard case .records(let waiting, let refused) = receiver.peek() else {
            Issue.record("the bytes are gone")
            return
        }
        #expect(waiting.count == 2 && refused == [.unknownVersion(200)])
    }

    @Test("Bytes in which no frame can be found park the channel; others go on")
    func corrupt() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        var intake = try UsageIntake.make(ledger)
        let bad = try TestWorker()
        let good = try TestWorker(WorkerIdentity(incarnation: 2, slot: 0, generation: 1))
        try bad.send(bytes: Array(repeating: 0xff, count: 64))
        try good.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
        try intake.attach(bad)
        try intake.attach(good)
        _ = intake.collect()
        #expect(intake.channels.parked.count == 1 && intake.channels.readable.count == 1)
        #expect(try ledger.lines().count == 1)
    }

    @Test("A broken frame is skipped and counted; the records behind it are taken")
    func malformed() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        let lines = LogLines()
        var intake = try UsageIntake.make(ledger, lines.log)
        let worker = try TestWorker()
        try worker.send(bytes: [2, 0, 0, 0, 1, 99])
        try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
        try intake.attach(worker)
        _ = intake.collect()
        #expect(intake.refusedFrames == 1 && lines.contains("skipped 1 unreadable"))
        #expect(try ledger.lines().count == 1 && intake.channels.parked.isEmpty)
    }

    @Test("Attaching a worker twice keeps the first channel")
    func twice() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        var intake = try UsageIntake.make(ledger)
        let worker = try TestWorker()
        try intake.attach(worker)
        try intake.attach(worker)
        try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
        _ = intake.collect()
        #expect(intake.channels.channels.count == 1)
        #expect(try ledger.lines().count == 1)
        let workers = try ledger.reader.read {
            try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM worker")
        }
        #expect(workers == 1)
    }

    @Test("A worker lost with more streams than one commit takes is settled in several")
    func manyLost() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        var book = StreamBook(prices: try Sample.prices())
        for stream in UInt64(1)...20_000 {
            book.apply(.opened(Sample.opened(stream)), from: Sample.worker, now: 0) { _ in false }
        }
        try ledger.commit(book.changes, open: book.open, now: 0)
        var intake = try UsageIntake.make(ledger)
        let worker = try TestWorker()
        try intake.attach(worker)
        worker.die()
        #expect(intake.collect() == .committed(ended: []))
        #expect(intake.book.open.count == 20_000 - 8_192)
        #expect(intake.collect() == .committed(ended: []))
        #expect(intake.collect() == .committed(ended: [worker.identity.incarnation]))
        #expect(try ledger.openStreams().isEmpty)
        #expect(try ledger.lines().count == 20_000)
    }

    @Test("A queue far larger than one commit takes is taken whole, in several")
    func large() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        var intake = try UsageIntake.make(ledger)
        let worker = try TestWorker()
        try intake.attach(worker)
        let total = 6000
        var sent = 0
        while sent < total {
            var batch: [UsageRecord] = []
            for stream in (sent + 1)...(sent + 50) {
                batch.append(.opened(Sample.opened(UInt64(stream))))
                batch.append(Sample.settled(UInt64(stream), 1, tokens: 5))
            }
            do {
                try worker.send(batch)
                sent += 50
            } catch {
                _ = intake.collect()
            }
        }
        worker.die()
        var ended: [UInt64] = []
        while ended.isEmpty {
            guard case .committed(let now) = intake.collect() else {
                Issue.record("the ledger fails")
                return
            }
            ended = now
        }
        #expect(try ledger.lines().count == total)
    }
}
