import Foundation
import GRDB
import IPC
import LedgerFormat

@testable import Accountant

/// A closed ledger with everything in it that the chain covers, and ways to tamper with copies of it.
struct ChainedLedger {
    static let commits = 5
    static let recordsPerCommit: UInt64 = 4
    /// Commits that are signed; the rest is the tail.
    static let signedCommits = 4

    let folder: TemporaryFolder
    let path: String
    let key: SigningKey

    /// Commits with records of all kinds; every one amends a stream of the one before; the second and the
    /// fourth are followed by a signature.
    init() throws {
        folder = try TemporaryFolder()
        key = try SigningKey.generate()
        let ledger = try Ledger(directory: folder.path)
        path = ledger.path
        var book = StreamBook(
            prices: try PriceTable(
                rules: [
                    .init(match: "test-*", input: 1000, output: 2000, cachedInput: 100),
                    .init(match: "other-*", input: 7, output: 8),
                ], shipped: .empty))
        for commit in 0..<UInt64(Self.commits) {
            try Self.commit(commit, to: ledger, &book)
            if commit % 2 == 1 {
                guard try ledger.sign(with: key, now: Int64(commit)) else {
                    throw POSIXError(.EINVAL)
                }
            }
        }
        try ledger.close()
        // All of it in the file itself, whose bytes are looked at.
        try DatabaseQueue(path: path).writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    private static func commit(_ commit: UInt64, to ledger: Ledger, _ book: inout StreamBook) throws
    {
        for index in 0..<recordsPerCommit {
            let stream = commit * recordsPerCommit + index + 1
            var opened = Sample.opened(stream)
            if commit > 1 { opened.providerModel = "other-1" }
            var usage = Sample.usage(tokens: 30 + stream)
            usage.serviceTier = index == 1 ? "flex" : nil
            usage.cachedTokens = index == 1 ? 3 : nil
            usage.firstByteNanoseconds = index == 1 ? 77 : nil
            if index != 3 {
                book.apply(.opened(opened), from: Sample.worker, now: 1) { _ in false }
            }
            book.apply(
                .settled(
                    StreamSettled(
                        stream: stream, sequence: 2, outcome: index == 0 ? .clientGone : .completed,
                        status: 200, durationNanoseconds: 10,
                        reason: index == 0 ? "client_reset" : nil, usage: usage)),
                from: Sample.worker, now: Int64(stream) * 1000
            ) { _ in false }
        }
        if commit > 0 {
            var usage = Sample.usage(tokens: 90)
            usage.promptReported = 10
            usage.completionReported = 90
            let stream = (commit - 1) * recordsPerCommit + 1
            try book.apply(
                .amended(StreamAmended(stream: stream, sequence: 3, usage: usage)),
                from: Sample.worker, now: 5000, settled: { try ledger.settled($0) },
                isRecorded: { _ in true })
        }
        try ledger.commit(book.changes, open: book.open, now: Int64(commit) * 10)
        book.committed()
    }

    /// The id of the record with that sequence.
    static func id(_ sequence: Int64) -> String {
        StreamKey(incarnation: Sample.worker.incarnation, stream: UInt64(sequence)).id
    }

    /// What a verification of a copy says in which statements were executed, without the triggers that
    /// would refuse them.
    func verify(
        after tampering: (Database) throws -> Void,
        configure: (inout LedgerVerifier) -> Void = { _ in }
    ) throws -> VerificationReport {
        let copy = folder.path + "/\(UUID().uuidString).sqlite"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        defer {
            for end in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: copy + end)
            }
        }
        var configuration = GRDB.Configuration()
        // A copy that is thrown away: hundreds of them need not reach the disk.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = OFF") }
        let queue = try DatabaseQueue(path: copy, configuration: configuration)
        try queue.writeWithoutTransaction { db in
            let triggers = try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger'")
            for name in triggers { try db.execute(sql: "DROP TRIGGER \(name)") }
            try tampering(db)
        }
        try queue.close()
        var verifier = LedgerVerifier(try LedgerFile(path: copy))
        configure(&verifier)
        return verifier.run()
    }

    /// The same for one statement.
    func verify(after sql: String) throws -> VerificationReport {
        try verify(after: { try $0.execute(sql: sql) })
    }

    /// What a verification of the ledger as it is says.
    func verify(_ configure: (inout LedgerVerifier) -> Void = { _ in }) throws -> VerificationReport
    {
        var verifier = LedgerVerifier(try LedgerFile(path: path))
        configure(&verifier)
        return verifier.run()
    }
}
