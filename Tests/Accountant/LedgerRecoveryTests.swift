import Foundation
import GRDB
import IPC
import Testing

@testable import Accountant

@Suite("A ledger that cannot be used is opened when it can be, and lacks nothing")
struct LedgerRecoveryTests {
    private static func intake(_ access: LedgerAccess, _ lines: LogLines) throws -> UsageIntake {
        UsageIntake(
            access: access, prices: try Sample.prices(), log: lines.log, clock: .system)
    }

    /// What an operator does who puts a file away, or has lost it.
    private static func remove(_ path: String, _ endings: [String] = ["", "-wal", "-shm"]) {
        for ending in endings { unlink(path + ending) }
    }

    private static func models(_ path: String) throws -> [String?] {
        try DatabaseQueue(path: path).read {
            try String?.fetchAll($0, sql: "SELECT model FROM record ORDER BY sequence")
        }
    }

    @Test(
        "Damaged at the start: records wait; then the file is moved away, or restored",
        arguments: [false, true])
    func damagedAtStart(isRestored: Bool) throws {
        let folder = try TemporaryFolder()
        let access = LedgerAccess(directory: folder.path)
        let backup = folder.path + "/backup"
        if isRestored {
            let ledger = try Ledger(directory: folder.path)
            var book = StreamBook(prices: try Sample.prices())
            book.apply(Sample.settled(77, 1, tokens: 1), from: Sample.worker, now: 5) { _ in false }
            try ledger.commit(book.changes, open: book.open, now: 5)
            try ledger.close()
            try FileManager.default.moveItem(atPath: access.path, toPath: backup)
        }
        try Data(repeating: 0x5a, count: 20_000).write(to: URL(fileURLWithPath: access.path))
        let lines = LogLines()
        var intake = try Self.intake(access, lines)
        #expect(throws: DatabaseError.self) { try intake.open() }
        let worker = try TestWorker()
        try intake.attach(worker)
        try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
        #expect(intake.collect() == .failed)
        #expect(intake.collect() == .failed)
        #expect(intake.isFailing && !intake.isOpen)
        #expect(lines.contains("move it away together with"))
        #expect(throws: LedgerAccess.Failure.self) { try access.forReading() }
        worker.die()
        if isRestored {
            rename(backup, access.path)
        } else {
            Self.remove(access.path)
        }
        #expect(intake.collect() == .committed(ended: []))
        #expect(intake.collect() == .committed(ended: [worker.identity.incarnation]))
        #expect(!intake.isFailing && access.trouble == nil && lines.contains("works again"))
        #expect(try access.forReading().lines().count == (isRestored ? 2 : 1))
    }

    @Test("Removed while it is in use: what is written then is in a new file, open streams whole")
    func removed() throws {
        let folder = try TemporaryFolder()
        let access = LedgerAccess(directory: folder.path)
        let lines = LogLines()
        var intake = try Self.intake(access, lines)
        let worker = try TestWorker()
        try intake.attach(worker)
        try worker.send([
            .opened(Sample.opened(1)), .opened(Sample.opened(2)), .opened(Sample.opened(3)),
            Sample.settled(3, 1, tokens: 5),
        ])
        #expect(intake.collect() == .committed(ended: []))
        Self.remove(access.path)
        try worker.send([Sample.settled(1, 1, tokens: 5)])
        #expect(intake.collect() == .committed(ended: []))
        #expect(lines.contains("was removed or replaced while it was in use"))
        #expect(try access.forReading().openStreams().count == 1)
        worker.die()
        #expect(intake.collect() == .committed(ended: [worker.identity.incarnation]))
        access.close()
        #expect(try Self.models(access.path) == ["alias", "alias"])
    }

    @Test("Renamed without its log: the log's records are in the renamed file, none in the new one")
    func renamed() throws {
        let folder = try TemporaryFolder()
        let access = LedgerAccess(directory: folder.path)
        var intake = try Self.intake(access, LogLines())
        let worker = try TestWorker()
        try intake.attach(worker)
        try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
        #expect(intake.collect() == .committed(ended: []))
        let old = folder.path + "/old.sqlite"
        rename(access.path, old)
        try worker.send([.opened(Sample.opened(2)), Sample.settled(2, 1, tokens: 5)])
        #expect(intake.collect() == .committed(ended: []))
        access.close()
        #expect(try Self.models(old).count == 1)
        #expect(try Self.models(access.path).count == 1)
    }

    @Test(
        "Replaced by an older copy while in use: what is open is taken there, what is lost is named"
    )
    func replaced() throws {
        let folder = try TemporaryFolder()
        let access = LedgerAccess(directory: folder.path)
        let lines = LogLines()
        var intake = try Self.intake(access, lines)
        let worker = try TestWorker()
        try intake.attach(worker)
        try worker.send([.opened(Sample.opened(1)), .opened(Sample.opened(2))])
        #expect(intake.collect() == .committed(ended: []))
        try access.forReading().emptyLog()
        let backup = folder.path + "/backup"
        try FileManager.default.copyItem(atPath: access.path, toPath: backup)
        try worker.send([Sample.settled(1, 1, tokens: 5), .opened(Sample.opened(3))])
        #expect(intake.collect() == .committed(ended: []))
        Self.remove(access.path)
        rename(backup, access.path)
        try worker.send([Sample.settled(3, 1, tokens: 5)])
        #expect(intake.collect() == .committed(ended: []))
        let isReopened = intake.takeReopened()
        #expect(isReopened)
        worker.die()
        #expect(intake.collect() == .committed(ended: [worker.identity.incarnation]))
        let records = try access.forReading().lines()
        // Stream 1 was settled in the file that is gone: the copy knows that it was open.
        #expect(records.count == 3)
        #expect(records[0].contains("worker_lost") && records[1].contains("worker_lost"))
        #expect(records[2].contains("\"outcome\":\"completed\""))
        #expect(records.allSatisfy { $0.contains("\"key\":\"app1\"") })
    }

    @Test("A log that another database was put beside is kept, and never written into that")
    func logLeftBehind() throws {
        let folder = try TemporaryFolder()
        let access = LedgerAccess(directory: folder.path)
        let lines = LogLines()
        var intake = try Self.intake(access, lines)
        let worker = try TestWorker()
        try intake.attach(worker)
        try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
        #expect(intake.collect() == .committed(ended: []))
        // A reader keeps the log from being emptied.
        let reader = try DatabasePool(path: access.path)
        let snapshot = try reader.makeSnapshot()
        try snapshot.read { _ = try Ledger.recordCount($0) }
        try worker.send([.opened(Sample.opened(2)), Sample.settled(2, 1, tokens: 5)])
        #expect(intake.collect() == .committed(ended: []))
        let other = try TemporaryFolder()
        try Ledger(directory: other.path).close()
        rename(other.path + "/" + Ledger.fileName, access.path)
        try worker.send([.opened(Sample.opened(3)), Sample.settled(3, 1, tokens: 5)])
        #expect(intake.collect() == .committed(ended: []))
        #expect(lines.contains("Its log is kept as"))
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(kept.contains { $0.contains("-wal.left-") }, "\(kept)")
        access.close()
        #expect(try Self.models(access.path).count == 1)
        let check = try DatabaseQueue(path: access.path).read {
            try String.fetchOne($0, sql: "PRAGMA integrity_check")
        }
        #expect(check == "ok")
    }

    @Test("Found damaged in use: it is closed, and a file that was restored in its place is taken")
    func damagedInUse() throws {
        let folder = try TemporaryFolder()
        let access = LedgerAccess(directory: folder.path)
        let lines = LogLines()
        var intake = try Self.intake(access, lines)
        let worker = try TestWorker()
        try intake.attach(worker)
        try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
        #expect(intake.collect() == .committed(ended: []))
        // Another connection moves all into the database, so that this one has to read it again.
        let other = try DatabaseQueue(path: access.path)
        try other.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        let backup = try Data(contentsOf: URL(fileURLWithPath: access.path))
        try Self.overwrite(access.path, Data(repeating: 0x5a, count: backup.count))
        try worker.send([.opened(Sample.opened(2)), Sample.settled(2, 1, tokens: 5)])
        #expect(intake.collect() == .failed)
        #expect(intake.collect() == .failed)
        #expect(lines.contains("it is damaged") && !intake.isOpen)
        // In place, as `cp` does it.
        try Self.overwrite(access.path, backup)
        #expect(intake.collect() == .committed(ended: []))
        #expect(try access.forReading().lines().count == 2)
    }

    /// Into the file that is there.
    private static func overwrite(_ path: String, _ data: Data) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: data)
        try file.close()
    }

    @Test(
        "The loop is ready with a ledger that is damaged, answers, and takes the new one by itself")
    func loop() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let access = LedgerAccess(directory: folder.path)
            try Data(repeating: 0x5a, count: 20_000).write(to: URL(fileURLWithPath: access.path))
            let accountant = try RunningAccountant(folder: folder, access: access)
            #expect(accountant.next() == .ready)
            let worker = try TestWorker()
            accountant.attach(worker)
            try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
            worker.die()
            while !accountant.status.snapshot.isLedgerFailing { accountant.expectPong(1) }
            let view = accountant.status.json(
                ledgerPath: access.path, records: nil, chain: nil)
            #expect(view.contains("\"records\":null") && view.contains("it is damaged"))
            Self.remove(access.path)
            #expect(accountant.next() == .released(incarnation: worker.identity.incarnation))
            #expect(try access.forReading().lines().count == 1)
            accountant.hangUp()
            #expect(accountant.waitForExit() == 0)
        }
    }
}
