import Foundation
import GRDB
import IPC

/// The statements of the ledger. All are prepared once and take their values as arguments.
enum LedgerRows {
    static func insert(_ worker: WorkerIdentity, now: Int64, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO worker (incarnation, slot, generation, first_seen) "
                + "VALUES (?, ?, ?, ?)")
        try execute(
            statement,
            [
                bits(worker.incarnation), Int64(worker.slot).databaseValue,
                Int64(worker.generation).databaseValue, now.databaseValue,
            ])
    }

    private static let insertOpen = """
        INSERT OR REPLACE INTO open_stream (
            incarnation, stream, worker, generation, started_at, counter_slot, key, endpoint, model,
            provider, provider_model, is_streaming, prompt_produced, count_source, encoding,
            prompt_script, prompt_is_text, sequence, progress)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    static func insert(_ key: StreamKey, _ stream: OpenStream, _ db: Database) throws {
        let opened = stream.opened
        let basis = opened?.promptBasis
        try execute(
            try db.cachedStatement(sql: insertOpen),
            [
                bits(key.incarnation), bits(key.stream), Int64(stream.worker.slot).databaseValue,
                Int64(stream.worker.generation).databaseValue, value(opened?.startedAt),
                value(opened?.slot.map { Int64($0) }), value(opened?.key),
                value(opened.map { Int64($0.endpoint.rawValue) }), value(opened?.model),
                value(opened?.provider), value(opened?.providerModel),
                value(opened.map { $0.isStreaming ? 1 : 0 }), count(opened?.promptProduced),
                value(opened.map { Int64($0.countSource.rawValue) }),
                value(basis.map { Int64($0.encoding.rawValue) }),
                value(basis?.script.map { Int64($0.rawValue) }),
                value(basis.map { $0.isTextOnly ? 1 : 0 }),
                stream.sequence.map(bits) ?? .null, progress(key, stream),
            ])
    }

    static func update(_ key: StreamKey, _ stream: OpenStream, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "UPDATE open_stream SET sequence = ?, progress = ? "
                + "WHERE incarnation = ? AND stream = ?")
        try execute(
            statement,
            [
                stream.sequence.map(bits) ?? .null, progress(key, stream), bits(key.incarnation),
                bits(key.stream),
            ])
    }

    static func remove(_ key: StreamKey, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "DELETE FROM open_stream WHERE incarnation = ? AND stream = ?")
        try execute(statement, [bits(key.incarnation), bits(key.stream)])
    }

    static func isRecorded(_ key: StreamKey, _ db: Database) throws -> Bool {
        let statement = try db.cachedStatement(sql: "SELECT 1 FROM record WHERE id = ?")
        return try Int.fetchOne(statement, arguments: [key.id]) != nil
    }

    static func highestStream(_ incarnation: UInt64, _ db: Database) throws -> UInt64 {
        let prefix = StreamKey.hexadecimal(incarnation)
        let recorded = try String.fetchOne(
            db, sql: "SELECT MAX(id) FROM record WHERE id >= ? AND id <= ?",
            arguments: [prefix + "0000000000000000", prefix + "ffffffffffffffff"])
        let open = try Int64.fetchOne(
            db, sql: "SELECT MAX(stream) FROM open_stream WHERE incarnation = ?",
            arguments: [Int64(bitPattern: incarnation)])
        return max(
            recorded.flatMap { UInt64($0.suffix(16), radix: 16) } ?? 0,
            open.map { UInt64(bitPattern: $0) } ?? 0)
    }

    private static func progress(_ key: StreamKey, _ stream: OpenStream) -> DatabaseValue {
        guard let usage = stream.usage, let sequence = stream.sequence else { return .null }
        var writer = ByteWriter()
        UsageCoding.encode(
            .progress(StreamProgress(stream: key.stream, sequence: sequence, usage: usage)),
            into: &writer)
        return Data(writer.bytes).databaseValue
    }

    static func execute(_ statement: Statement, _ values: [DatabaseValue]) throws {
        statement.setUncheckedArguments(StatementArguments(values))
        try statement.execute()
    }

    /// A number without a sign, as the signed number of the same bits.
    static func bits(_ value: UInt64) -> DatabaseValue {
        Int64(bitPattern: value).databaseValue
    }

    /// A count: one beyond 2^63 - 1, which nothing here can reach, is stored as that.
    static func count(_ value: UInt64?) -> DatabaseValue {
        value.map { Int64(clamping: $0).databaseValue } ?? .null
    }

    static func value(_ value: Int64?) -> DatabaseValue { value?.databaseValue ?? .null }

    static func value(_ value: String?) -> DatabaseValue { value?.databaseValue ?? .null }
}
