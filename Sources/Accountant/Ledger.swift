import Foundation
import GRDB
import IPC
import LedgerFormat

/// The ledger on disk: SQLite in WAL mode, one writer (the accountant's loop), many readers (admin).
final class Ledger: Sendable {
    /// The database's file.
    let path: String
    /// Says whether streams without a channel are this accountant's.
    let ownership: LedgerOwnership
    private let pool: DatabasePool

    /// Why a ledger cannot be used, apart from what SQLite says.
    enum Failure: Error, Equatable {
        /// A newer build has changed the tables.
        case writtenByNewerVersion
        /// An open stream's row does not make sense.
        case unreadableRow(StreamKey)
        /// The last block of the hash chain does not make sense.
        case unreadableChain
    }

    static let fileName = LedgerFile.name

    /// Opens the ledger in the folder, which is made if it is not there, and brings its tables up to date.
    ///
    /// - Throws: `Failure`, `DatabaseError`, or a file system error.
    init(directory: String) throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        path = directory + "/" + Self.fileName
        ownership = LedgerOwnership(directory: directory)
        var configuration = GRDB.Configuration()
        // Short: the loop that waits here also answers the supervisor's heartbeat.
        configuration.busyMode = .timeout(0.5)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 4
        configuration.label = "ledger"
        pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { db in
            // A commit is on disk when it returns: only then are records consumed from the channel.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
        }
        let migrator = LedgerSchema.migrator
        guard try !pool.read({ try migrator.hasBeenSuperseded($0) }) else {
            throw Failure.writtenByNewerVersion
        }
        try migrator.migrate(pool)
    }

    /// Read access for the admin interface; never waits for the writer.
    var reader: any DatabaseReader { pool }

    /// Writes everything in one transaction; on disk when it returns.
    ///
    /// - Parameter now: nanoseconds since the epoch.
    /// - Throws: `DatabaseError`; nothing is then written.
    func commit(
        _ changes: StreamBook.Changes, open: [StreamKey: OpenStream], now: Int64,
        calibrations: [CalibrationKey: CalibrationBook.Entry?] = [:]
    ) throws {
        guard !changes.isEmpty else { return }
        try pool.writeWithoutTransaction { db in
            try db.inTransaction(.immediate) {
                for worker in changes.workers { try LedgerRows.insert(worker, now: now, db) }
                for key in changes.inserts {
                    if let stream = open[key] { try LedgerRows.insert(key, stream, db) }
                }
                for key in changes.updates {
                    if let stream = open[key] { try LedgerRows.update(key, stream, db) }
                }
                var block = BlockBuilder(after: try LedgerChain.head(db))
                for record in changes.records { try LedgerRows.insert(record, &block, db) }
                for correction in changes.corrections {
                    try LedgerRows.insert(correction, &block, db)
                }
                if !block.isEmpty { try LedgerChain.insert(block.block(at: now), db) }
                for key in changes.removals { try LedgerRows.remove(key, db) }
                for (key, entry) in calibrations { try LedgerRows.write(key, entry, db) }
                return .commit
            }
        }
    }

    // The loop asks on the writer's own connection: admin readers can be as many and as slow as they like.

    /// All open streams.
    ///
    /// - Throws: `DatabaseError`, `Failure.unreadableRow`.
    func openStreams() throws -> [StreamKey: OpenStream] {
        try pool.writeWithoutTransaction { try LedgerRows.openStreams($0) }
    }

    /// What was learned of providers' counts, and the number of rows that could not be read.
    ///
    /// - Throws: `DatabaseError`.
    func calibrations() throws -> (book: CalibrationBook, unreadable: Int) {
        let (entries, unreadable) = try pool.writeWithoutTransaction {
            try LedgerRows.calibrations($0)
        }
        return (CalibrationBook(entries), unreadable)
    }

    /// Whether the stream has its record.
    ///
    /// - Throws: `DatabaseError`.
    func isRecorded(_ key: StreamKey) throws -> Bool {
        try pool.writeWithoutTransaction { try LedgerRows.isRecorded(key, $0) }
    }

    /// A stream's record, as it was corrected; nil when it has none.
    ///
    /// - Throws: `DatabaseError`.
    func settled(_ key: StreamKey) throws -> SettledStream? {
        try pool.writeWithoutTransaction { try LedgerRows.settled(key, $0) }
    }

    /// Signs what no signature covers yet; false when there is nothing.
    ///
    /// - Parameter now: nanoseconds since the epoch.
    /// - Throws: `DatabaseError`, `KeyFailure`, `Failure.unreadableChain`.
    func sign(with key: SigningKey, now: Int64) throws -> Bool {
        var isSigned = false
        try pool.writeWithoutTransaction { db in
            try db.inTransaction(.immediate) {
                isSigned = try LedgerChain.sign(with: key, now: now, db)
                return .commit
            }
        }
        return isSigned
    }

    /// When the last signature was made, nanoseconds since the epoch; nil: never.
    ///
    /// - Throws: `DatabaseError`.
    func lastSignature() throws -> Int64? {
        try pool.writeWithoutTransaction { try LedgerChain.lastSegment($0)?.signedAt }
    }

    /// The highest number of a stream of that worker in any table, 0 when there is none.
    ///
    /// - Throws: `DatabaseError`.
    func highestStream(_ incarnation: UInt64) throws -> UInt64 {
        try pool.writeWithoutTransaction { try LedgerRows.highestStream(incarnation, $0) }
    }

    /// Number of records.
    ///
    /// - Throws: `DatabaseError`.
    static func recordCount(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT COALESCE(MAX(sequence), 0) FROM record") ?? 0
    }

    /// SQLite's `synchronous` setting of the writer: 2 is FULL.
    ///
    /// - Throws: `DatabaseError`.
    func synchronousMode() throws -> Int? {
        try pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
    }

    /// Writes all that the log has into the database, and empties the log.
    ///
    /// - Throws: `DatabaseError`; the log then keeps what it has.
    func emptyLog() throws {
        try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    }

    /// Ends what is being read and closes the database.
    ///
    /// - Throws: `DatabaseError` when it is still in use.
    func close() throws {
        // A log that stays behind would be taken for that of a backup which is put in the database's
        // place, and the pool closes its readers last, which cannot empty it.
        try? emptyLog()
        // Not before: an interrupt also keeps the next checkpoint from being made.
        pool.interrupt()
        try pool.close()
    }
}
