import Foundation
import GRDB
import IPC
import LedgerFormat

/// The statements of the hash chain and its signatures.
enum LedgerChain {
    /// Records in one block of those that were there before the chain.
    private static let adoptedMax: Int64 = 8_192

    /// The end of the chain.
    ///
    /// - Throws: `DatabaseError`, `Ledger.Failure.unreadableChain`.
    static func head(_ db: Database) throws -> ChainHead {
        let statement = try db.cachedStatement(
            sql: "SELECT number, hash, last_record, last_correction, last_price FROM block "
                + "ORDER BY number DESC LIMIT 1")
        guard let row = try Row.fetchOne(statement) else { return .empty }
        guard let hash = Digest(row["hash"] as Data) else { throw Ledger.Failure.unreadableChain }
        return ChainHead(
            number: row["number"], hash: hash,
            last: ChainPositions(
                record: row["last_record"], correction: row["last_correction"],
                price: row["last_price"]))
    }

    /// Adds a block at the end.
    ///
    /// - Throws: `DatabaseError`.
    static func insert(_ block: LedgerBlock, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT INTO block (number, first_record, last_record, last_correction, "
                + "last_price, committed_at, previous, entries, hash) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        try statement.execute(
            arguments: [
                block.number, block.firstRecord, block.last.record, block.last.correction,
                block.last.price, block.committedAt, Data(block.previous.bytes),
                Data(block.entries), Data(block.hash.bytes),
            ])
    }

    /// Begins the chain with all rows that are there.
    ///
    /// - Throws: `DatabaseError`, `LedgerStatement.Failure`.
    static func adopt(_ db: Database) throws {
        guard let connection = db.sqliteConnection else { return }
        let now = Clock.system.realtime
        var builder = BlockBuilder(after: .empty)
        for table in [ChainedTable.price, .record] {
            let rows = try LedgerStatement(
                connection,
                "SELECT \(table.columns.joined(separator: ", ")) FROM \(table.name) ORDER BY sequence"
            )
            while try rows.next() {
                let sequence = rows.integer(0) ?? 0
                if table == .record,
                    sequence != builder.next(.record) || builder.records >= adoptedMax
                {
                    if !builder.isEmpty { try insert(builder.block(at: now), db) }
                    builder = BlockBuilder(after: try head(db), firstRecord: sequence)
                }
                builder.add(rows.entry(table), to: table)
            }
        }
        if !builder.isEmpty { try insert(builder.block(at: now), db) }
    }

    /// The last signature.
    struct LastSegment: Equatable {
        var number: Int64
        var lastBlock: Int64
        /// Nanoseconds since the epoch.
        var signedAt: Int64
        var signature: [UInt8]
    }

    /// The last signature; nil: none.
    ///
    /// - Throws: `DatabaseError`.
    static func lastSegment(_ db: Database) throws -> LastSegment? {
        try Row.fetchOne(
            db,
            sql: "SELECT number, last_block, signed_at, signature FROM segment "
                + "ORDER BY number DESC LIMIT 1"
        ).map { row in
            LastSegment(
                number: row["number"], lastBlock: row["last_block"], signedAt: row["signed_at"],
                signature: Array(row["signature"] as Data))
        }
    }

    /// The chain as `/status` shows it.
    struct Summary: Sendable {
        var head: ChainHead
        /// The last block that a signature covers, 0 when there is none.
        var signedBlock: Int64
        /// Nanoseconds since the epoch; nil: never.
        var signedAt: Int64?
    }

    /// The chain as `/status` shows it.
    ///
    /// - Throws: `DatabaseError`, `Ledger.Failure.unreadableChain`.
    static func summary(_ db: Database) throws -> Summary {
        let last = try lastSegment(db)
        return Summary(
            head: try head(db), signedBlock: last?.lastBlock ?? 0, signedAt: last?.signedAt)
    }

    /// Signs the blocks that no signature covers; false when there are none.
    ///
    /// - Parameter now: nanoseconds since the epoch.
    /// - Throws: `DatabaseError`, `KeyFailure`, `Ledger.Failure.unreadableChain`.
    static func sign(with key: SigningKey, now: Int64, _ db: Database) throws -> Bool {
        let head = try head(db)
        let last = try lastSegment(db)
        guard head.number > last?.lastBlock ?? 0 else { return false }
        let segment = LedgerSegment(
            number: (last?.number ?? 0) + 1, firstBlock: (last?.lastBlock ?? 0) + 1,
            lastBlock: head.number, head: head.hash, signedAt: now, key: key.publicKey,
            previous: last?.signature ?? [])
        let signature = try key.signature(of: segment.signedBytes)
        try db.execute(
            sql: "INSERT INTO segment (number, first_block, last_block, head, signed_at, "
                + "public_key, previous, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                segment.number, segment.firstBlock, segment.lastBlock, Data(segment.head.bytes),
                segment.signedAt, Data(segment.key.bytes), Data(segment.previous),
                Data(signature),
            ])
        return true
    }
}
