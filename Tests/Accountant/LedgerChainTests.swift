import Foundation
import GRDB
import IPC
import LedgerFormat
import Testing

@testable import Accountant

@Suite("Every commit goes on from the chain as it is")
struct LedgerChainTests {
    static func verify(_ path: String) throws -> VerificationReport {
        var verifier = LedgerVerifier(try LedgerFile(path: path))
        return verifier.run()
    }

    static func settle(_ streams: ClosedRange<UInt64>, in ledger: Ledger, model: String = "alias")
        throws
    {
        var book = StreamBook(prices: try Sample.prices())
        for stream in streams {
            var opened = Sample.opened(stream)
            opened.model = model
            book.apply(.opened(opened), from: Sample.worker, now: 1) { _ in false }
            book.apply(Sample.settled(stream, 1, tokens: stream), from: Sample.worker, now: 2) {
                _ in
                false
            }
        }
        try ledger.commit(book.changes, open: book.open, now: 3)
    }

    @Test(
        "No column of a chained table is left out of its list, and none is in it that is not there")
    func columns() throws {
        let folder = try TemporaryFolder()
        let file = try LedgerFile(path: try Ledger(directory: folder.path).path)
        for table in ChainedTable.allCases {
            #expect(try Set(file.columns(of: table)) == Set(table.columns))
            #expect(
                table.columns.first == "sequence" && Set(table.columns).count == table.columns.count
            )
        }
        let delivered = ["completion_delivered", "bytes_flushed", "bytes_acknowledged", "outcome"]
        #expect(ChainedTable.corrected.allSatisfy { !delivered.contains($0) })
        #expect(Set(ChainedTable.corrected).isSubset(of: ChainedTable.record.columns))
    }

    @Test("An empty ledger verifies; so does one that is being written, and one with odd texts")
    func whileWriting() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        #expect(try Self.verify(ledger.path).finding == nil)
        for (index, model) in ["a", "a\0b", "\0", "", "é\u{1F468}\u{200D}\u{1F469}", "'; --"]
            .enumerated()
        {
            let stream = UInt64(index + 1)
            try Self.settle(stream...stream, in: ledger, model: model)
            let report = try Self.verify(ledger.path)
            #expect(report.finding == nil && report.head.last.record == Int64(stream))
            #expect(report.head == (try ledger.reader.read { try LedgerChain.head($0) }))
        }
    }

    @Test("A stream that has its record already adds no row, and the chain knows of none")
    func doubled() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        try Self.settle(1...3, in: ledger)
        // Another accountant that has not seen them.
        let other = try Ledger(directory: folder.path)
        try Self.settle(2...5, in: other)
        try Self.settle(1...5, in: ledger)
        try Self.settle(6...6, in: ledger)
        let report = try Self.verify(ledger.path)
        #expect(report.finding == nil && report.head.last.record == 6 && report.head.number == 3)
    }

    @Test("Commits without records make no block")
    func withoutRecords() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        var book = StreamBook(prices: try Sample.prices())
        book.apply(.opened(Sample.opened(1)), from: Sample.worker, now: 1) { _ in false }
        try ledger.commit(book.changes, open: book.open, now: 3)
        #expect(try ledger.reader.read { try LedgerChain.head($0) } == .empty)
    }

    /// The tables of the version before the chain, with so many records.
    static func old(_ folder: TemporaryFolder, records: Int) throws -> String {
        let path = folder.path + "/" + Ledger.fileName
        let queue = try DatabaseQueue(path: path)
        try LedgerSchema.migrator.migrate(queue, upTo: "2 calibration")
        try queue.write { db in
            try db.execute(
                sql: """
                    INSERT INTO price VALUES ('v', 'b', '2'), ('v', 'a', '1');
                    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(records))
                    INSERT INTO record (id, started_at, settled_at, outcome, provider_accepted,
                        count_source, prompt_source, completion_source, chunks_flushed, bytes_flushed,
                        worker, generation, price_version, price_model)
                    SELECT printf('%032x', i), i, i, 'completed', 1, 'counted', 'counted', 'counted',
                        1, 1, 0, 1, 'v', 'a' FROM n WHERE i <= \(records)
                    """)
        }
        try queue.close()
        return path
    }

    @Test("Records from before the chain are its first blocks", arguments: [0, 1, 20_000])
    func adopted(records: Int) throws {
        let folder = try TemporaryFolder()
        let path = try Self.old(folder, records: records)
        #expect(try Self.verify(path).finding?.subject == .file)
        let ledger = try Ledger(directory: folder.path)
        var report = try Self.verify(path)
        #expect(report.finding == nil && report.head.last.price == 2)
        #expect(report.head.last.record == Int64(records))
        #expect(report.head.number == Int64(max(1, (records + 8_191) / 8_192)))
        try Self.settle(1...2, in: ledger)
        report = try Self.verify(path)
        #expect(report.finding == nil && report.head.last.record == Int64(records + 2))
        let other = try DatabaseQueue(path: path)
        try other.write {
            try $0.execute(
                sql: "DROP TRIGGER record_never_goes; DELETE FROM record WHERE sequence = 1")
        }
        #expect(try Self.verify(path).finding?.sequence == 1)
    }

    @Test("Records that were missing before the chain began are named, and the gateway works on")
    func adoptedWithGap() throws {
        let folder = try TemporaryFolder()
        let path = try Self.old(folder, records: 10)
        try DatabaseQueue(path: path).write {
            try $0.execute(
                sql: "DROP TRIGGER record_never_goes; DELETE FROM record WHERE sequence IN (4, 5)")
        }
        let ledger = try Ledger(directory: folder.path)
        try Self.settle(1...1, in: ledger)
        let finding = try Self.verify(path).finding
        #expect(finding?.subject == .record && finding?.sequence == 4)
    }

    @Test("What is signed once is not signed again, and segments follow each other")
    func signing() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        let key = try SigningKey.generate()
        #expect(try !ledger.sign(with: key, now: 1))
        try Self.settle(1...1, in: ledger)
        #expect(try ledger.lastSignature() == nil)
        #expect(try ledger.sign(with: key, now: 2))
        #expect(try !ledger.sign(with: key, now: 3))
        #expect(try ledger.lastSignature() == 2)
        try Self.settle(2...2, in: ledger)
        // A key that was changed starts with the next segment.
        let next = try SigningKey.generate()
        #expect(try ledger.sign(with: next, now: 4))
        let report = try Self.verify(ledger.path)
        #expect(report.finding == nil && report.segments == 2)
        #expect(report.keys == [key.publicKey, next.publicKey])
    }

    @Test("A row that somebody put behind the chain stops the writer, who says what to do")
    func intruder() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        try Self.settle(1...1, in: ledger)
        try DatabaseQueue(path: ledger.path).write { db in
            let rest = ChainedTable.record.columns.dropFirst(2).joined(separator: ", ")
            try db.execute(
                sql: "INSERT INTO record (sequence, id, \(rest)) SELECT 2, 'x', \(rest) FROM record"
            )
        }
        let error = #expect(throws: DatabaseError.self) { try Self.settle(2...2, in: ledger) }
        #expect(error.map(LedgerAdvice.text)?.contains("dd0c-route ledger verify") == true)
    }
}
