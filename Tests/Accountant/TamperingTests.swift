import Foundation
import GRDB
import IPC
import LedgerFormat
import Testing

@testable import Accountant

@Suite("Whatever is altered in a ledger, its verification names the first of it")
struct TamperingTests {
    @Test("A ledger that nobody touched verifies, with all its rows and signatures")
    func untouched() throws {
        let ledger = try ChainedLedger()
        let report = try ledger.verify { $0.keys = [ledger.key.publicKey] }
        #expect(report.finding == nil)
        #expect(report.head.last == ChainPositions(record: 20, correction: 4, price: 2))
        #expect(report.head.number == 5 && report.segments == 2)
        #expect(report.signedBlock == 4 && report.signedRecord == 16)
        #expect(report.keys == [ledger.key.publicKey] && report.signedAt == 3)
        // The harness itself alters nothing.
        #expect(try ledger.verify(after: "SELECT 1").finding == nil)
    }

    /// Other values for a column, of the type that it may have.
    private static func alterations(_ column: Row) -> [String] {
        let name = column["name"] as String
        var found = column["notnull"] as Int64 == 0 ? ["CASE WHEN \(name) IS NULL THEN 0 END"] : []
        switch column["type"] as String {
        case "INTEGER": found += ["COALESCE(\(name), 6) + 1", "COALESCE(-\(name), 5) - 1"]
        case "TEXT":
            found += [
                "COALESCE(\(name), '') || 'x'", "CASE WHEN \(name) = '' THEN 'y' ELSE '' END",
                "COALESCE(\(name), 'z') || char(0)",
            ]
        default: found += ["CAST(\(name) || x'00' AS BLOB)", "zeroblob(length(\(name)) + 1)"]
        }
        return found
    }

    @Test("Every column of every table, in the first, a middle and the last row")
    func columns() async throws {
        let (count, wrong) = try await onThread { try Self.alterAll() }
        #expect(count > 500)
        #expect(wrong.isEmpty, "\(wrong.prefix(10).joined(separator: "\n"))")
    }

    /// The number of alterations, and those that were not named.
    private static func alterAll() throws -> (count: Int, wrong: [String]) {
        let ledger = try ChainedLedger()
        var count = 0
        var wrong: [String] = []
        for (table, subject, key) in [
            ("record", VerificationReport.Finding.Subject.record, "sequence"),
            ("correction", .correction, "sequence"), ("price", .price, "sequence"),
            ("block", .block, "number"), ("segment", .segment, "number"),
        ] {
            let (columns, last) = try DatabaseQueue(path: ledger.path).read { db in
                (
                    try Row.fetchAll(db, sql: "SELECT * FROM pragma_table_info('\(table)')"),
                    try Int64.fetchOne(db, sql: "SELECT MAX(\(key)) FROM \(table)") ?? 0
                )
            }
            for (column, row) in columns.flatMap({ column in
                Set([1, (last + 1) / 2, last]).map { (column, $0) }
            }) {
                let name = column["name"] as String
                for value in alterations(column) {
                    let sql = "UPDATE \(table) SET \(name) = \(value) WHERE \(key) = \(row)"
                    let report: VerificationReport
                    do { report = try ledger.verify(after: sql) } catch is DatabaseError {
                        // Another row has that key already, or the column allows no null.
                        continue
                    }
                    count += 1
                    let isNamed =
                        report.finding?.subject == subject && report.finding?.sequence == row
                        && (table != "record" || name == "id"
                            || report.finding?.id == ChainedLedger.id(row))
                    if name == key ? report.finding == nil : !isNamed {
                        wrong.append("\(sql): \(String(describing: report.finding))")
                    }
                }
            }
        }
        return (count, wrong)
    }

    @Test("A hash that was replaced by another of its size")
    func hashes() throws {
        let ledger = try ChainedLedger()
        for (column, subject) in [
            ("previous", VerificationReport.Finding.Subject.block), ("hash", .block),
            ("entries", .record),
        ] {
            let report = try ledger.verify(
                after: "UPDATE block SET \(column) = zeroblob(length(\(column))) WHERE number = 4")
            #expect(report.finding?.subject == subject, "\(column)")
        }
        // A whole block that fits in itself, but not to the one before.
        let report = try ledger.verify(after: { db in
            let head = try LedgerChain.head(db)
            let forged = LedgerBlock(
                number: 3, firstRecord: 9, last: head.last, committedAt: 1, previous: .zero,
                entries: [])
            try db.execute(
                sql: "UPDATE block SET previous = ?, hash = ? WHERE number = 3",
                arguments: [Data(forged.previous.bytes), Data(forged.hash.bytes)])
        })
        #expect(report.finding?.subject == .block && report.finding?.sequence == 3)
    }

    @Test("A value of another type, where the table was made to allow it")
    func types() throws {
        let ledger = try ChainedLedger()
        for value in ["CAST(status AS TEXT)", "CAST(status AS REAL)", "x'32'"] {
            let report = try ledger.verify(after: { db in
                try db.execute(sql: "PRAGMA writable_schema = ON")
                try db.execute(
                    sql: "UPDATE sqlite_schema SET sql = replace(replace(sql, 'STRICT', ''), "
                        + "'status INTEGER', 'status BLOB') WHERE name = 'record'")
                try db.execute(sql: "PRAGMA writable_schema = RESET")
                try db.execute(sql: "UPDATE record SET status = \(value) WHERE sequence = 6")
            })
            #expect(
                report.finding?.sequence == 6, "\(value): \(String(describing: report.finding))")
        }
    }

    @Test(
        "Deleted, inserted, swapped",
        arguments: [
            ("DELETE FROM record WHERE sequence = 1", 1),
            ("DELETE FROM record WHERE sequence = 7", 7),
            ("DELETE FROM record WHERE sequence = 20", 20), ("DELETE FROM record", 1),
            ("UPDATE record SET sequence = 1000 WHERE sequence = 3", 3),
            ("UPDATE record SET sequence = sequence + 1 WHERE sequence = 20", 20),
            ("UPDATE record SET sequence = 0 WHERE sequence = 5", 0),
            (TamperingTests.copied("21", "'00000000000000000000000000000001'"), 21),
            (TamperingTests.copied("-4", "'00000000000000000000000000000001'"), -4),
            (TamperingTests.swapped(2, 3), 2), (TamperingTests.swapped(4, 17), 4),
            (TamperingTests.swapped(1, 20), 1),
        ] as [(String, Int64)])
    func rows(_ sql: String, _ first: Int64) throws {
        let finding = try #require(try ChainedLedger().verify(after: sql).finding)
        #expect(finding.subject == .record && finding.sequence == first, "\(finding)")
    }

    static func copied(_ sequence: String, _ id: String) -> String {
        let rest = ChainedTable.record.columns.dropFirst(2).joined(separator: ", ")
        return "INSERT INTO record (sequence, id, \(rest)) "
            + "SELECT \(sequence), \(id), \(rest) FROM record WHERE sequence = 9"
    }

    static func swapped(_ one: Int, _ other: Int) -> String {
        """
        UPDATE record SET sequence = 999 WHERE sequence = \(one);
        UPDATE record SET sequence = \(one) WHERE sequence = \(other);
        UPDATE record SET sequence = \(other) WHERE sequence = 999;
        """
    }

    @Test("A chain that was made anew over altered rows is another chain: its signatures say so")
    func rewritten() throws {
        let ledger = try ChainedLedger()
        func rewrite(_ db: Database) throws {
            try db.execute(sql: "UPDATE record SET completion_billed = 1 WHERE sequence = 2")
            let blocks = try Row.fetchAll(db, sql: "SELECT * FROM block ORDER BY number")
            try db.execute(sql: "DELETE FROM block; DELETE FROM correction; DELETE FROM price")
            try LedgerChain.adopt(db)
            #expect(blocks.count > 1)
        }
        let signed = try #require(try ledger.verify(after: rewrite).finding)
        #expect(signed.subject == .segment && signed.sequence == 1)
        // Without signatures it takes a head hash that was noted before.
        let head = try ledger.verify().head.hash
        let unsigned = { (db: Database) in
            try rewrite(db)
            try db.execute(sql: "DELETE FROM segment")
        }
        #expect(try ledger.verify(after: unsigned).finding == nil)
        let report = try ledger.verify(after: unsigned) { $0.expectedHead = head }
        #expect(report.finding?.subject == .head)
    }

    @Test("An end that was cut off whole shows by its signatures, or by a head hash from before")
    func truncated() throws {
        let ledger = try ChainedLedger()
        func cut(blocks: Int) -> (Database) throws -> Void {
            { db in
                for _ in 0..<blocks {
                    try db.execute(
                        sql: "DELETE FROM block WHERE number = (SELECT MAX(number) FROM block)")
                }
                for table in ["record", "correction", "price"] {
                    try db.execute(
                        sql: "DELETE FROM \(table) WHERE sequence > "
                            + "(SELECT last_\(table) FROM block ORDER BY number DESC LIMIT 1)")
                }
            }
        }
        // The tail that no signature covers: known limit.
        #expect(try ledger.verify(after: cut(blocks: 1)).finding == nil)
        let head = try ledger.verify().head.hash
        let report = try ledger.verify(after: cut(blocks: 1)) { $0.expectedHead = head }
        #expect(report.finding?.subject == .head)
        let signed = try ledger.verify(after: cut(blocks: 2))
        #expect(signed.finding?.subject == .segment && signed.finding?.sequence == 2)
        #expect(try ledger.verify { $0.expectedHead = head }.finding == nil)
    }

    @Test("A signature of somebody else's key is no signature")
    func otherKey() throws {
        let ledger = try ChainedLedger()
        let other = try SigningKey.generate()
        let finding = try ledger.verify { $0.keys = [other.publicKey] }.finding
        #expect(finding?.subject == .segment && finding?.sequence == 1)
        let forged = try ledger.verify(
            after: { db in
                try db.execute(sql: "DELETE FROM segment")
                _ = try LedgerChain.sign(with: other, now: 1, db)
            }) { $0.keys = [ledger.key.publicKey] }
        #expect(forged.finding?.subject == .segment)
        #expect(
            try ledger.verify { $0.keys = [other.publicKey, ledger.key.publicKey] }.finding == nil)
    }

    @Test("Every byte of a record's row in the file, each of its bits in turn, and all of them")
    func bytes() async throws {
        let (count, named, missed) = try await onThread { try Self.flipAll() }
        #expect(count > 300 && missed.isEmpty, "\(missed.count) of \(count): \(missed.prefix(5))")
        // Some bytes are what the database finds the row by.
        #expect(named > count - 16, "\(named) of \(count)")
    }

    /// The number of flips, of those that named the row, and what was not found.
    private static func flipAll() throws -> (count: Int, named: Int, missed: [String]) {
        let ledger = try ChainedLedger()
        let original = [UInt8](try Data(contentsOf: URL(fileURLWithPath: ledger.path)))
        let sequence: Int64 = 10
        let cell = try #require(RecordCell.find(ChainedLedger.id(sequence), in: original))
        let copy = ledger.folder.path + "/flipped.sqlite"
        var named = 0
        var missed: [String] = []
        for (index, offset) in cell.enumerated() {
            for mask in [UInt8(1) << UInt8(index % 8), 0xff] {
                var bytes = original
                bytes[offset] ^= mask
                try Data(bytes).write(to: URL(fileURLWithPath: copy))
                var verifier = LedgerVerifier(try LedgerFile(path: copy))
                let finding = verifier.run().finding
                if finding == nil { missed.append("byte \(index), mask \(mask)") }
                if finding?.subject == .record, finding?.sequence == sequence { named += 1 }
            }
        }
        return (2 * cell.count, named, missed)
    }

    @Test("A file that is no database, or only the beginning of one, is an error that says so")
    func noDatabase() throws {
        let ledger = try ChainedLedger()
        let original = try Data(contentsOf: URL(fileURLWithPath: ledger.path))
        let copy = ledger.folder.path + "/broken.sqlite"
        try Data("no database".utf8).write(to: URL(fileURLWithPath: copy))
        #expect(throws: LedgerFile.Failure.self) { try LedgerFile(path: copy) }
        #expect(throws: LedgerFile.Failure.unreadable(ENOENT)) { try LedgerFile(path: copy + "x") }
        for size in stride(from: 4096, to: original.count, by: 4096) {
            try original.prefix(size).write(to: URL(fileURLWithPath: copy))
            guard let file = try? LedgerFile(path: copy) else { continue }
            var verifier = LedgerVerifier(file)
            #expect(verifier.run().finding != nil, "\(size) bytes")
        }
    }
}
