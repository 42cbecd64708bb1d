import GRDBSQLite

/// A statement that reads, on SQLite's own interface: it gives the bytes as they are stored, where a `String`
/// would repair them.
public final class LedgerStatement {
    /// What SQLite said.
    public struct Failure: Error, Equatable, Sendable {
        /// An extended result code.
        public var code: Int32

        /// The failure of that code.
        public init(code: Int32) { self.code = code }

        /// What it comes down to.
        public enum Reason: Sendable {
            /// Another process keeps it locked.
            case busy
            /// The file, or what belongs to it, cannot be opened.
            case notOpened
            /// It is no database, or a damaged one.
            case damaged
            case other
        }

        /// What it comes down to.
        public var reason: Reason {
            switch code & 0xff {
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .notOpened
            case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
            default: .other
            }
        }
    }

    private let statement: OpaquePointer
    private let database: OpaquePointer

    /// - Throws: `Failure`.
    public init(_ database: OpaquePointer, _ sql: String) throws(Failure) {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v2(database, sql, -1, &statement, nil)
        guard code == SQLITE_OK, let statement else {
            throw Failure(code: sqlite3_extended_errcode(database))
        }
        self.statement = statement
        self.database = database
    }

    deinit { sqlite3_finalize(statement) }

    /// Starts again with other arguments.
    public func restart(_ arguments: [Int64]) {
        sqlite3_reset(statement)
        for (index, value) in arguments.enumerated() {
            sqlite3_bind_int64(statement, Int32(index + 1), value)
        }
    }

    /// Whether there is another row.
    ///
    /// - Throws: `Failure`.
    public func next() throws(Failure) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw Failure(code: sqlite3_extended_errcode(database))
        }
    }

    /// Number of columns.
    public var columnCount: Int { Int(sqlite3_column_count(statement)) }

    /// The name of a column.
    public func name(_ column: Int) -> String {
        sqlite3_column_name(statement, Int32(column)).map { String(cString: $0) } ?? ""
    }

    /// A value as it is stored.
    public enum Value: Equatable, Sendable {
        case null
        case integer(Int64)
        case real(Double)
        case text([UInt8])
        case blob([UInt8])
    }

    /// The value of a column.
    public func value(_ column: Int) -> Value {
        let index = Int32(column)
        return switch sqlite3_column_type(statement, index) {
        case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, index))
        case SQLITE_FLOAT: .real(sqlite3_column_double(statement, index))
        case SQLITE_TEXT: .text(bytes(index))
        case SQLITE_BLOB: .blob(bytes(index))
        default: .null
        }
    }

    /// A whole number; nil for a value of another type.
    public func integer(_ column: Int) -> Int64? {
        guard case .integer(let value) = value(column) else { return nil }
        return value
    }

    /// Bytes; nil for a value of another type.
    public func blob(_ column: Int) -> [UInt8]? {
        guard case .blob(let value) = value(column) else { return nil }
        return value
    }

    /// A text, repaired where it is no UTF-8; nil for a value of another type.
    public func text(_ column: Int) -> String? {
        guard case .text(let value) = value(column) else { return nil }
        return String(decoding: value, as: UTF8.self)
    }

    /// The row, whose columns are those of the table in their order, on its way to its hash.
    public func entry(_ table: ChainedTable) -> ChainEntry {
        var entry = ChainEntry(table)
        for column in 0..<columnCount {
            switch value(column) {
            case .null: entry.addNull()
            case .integer(let value): entry.add(integer: value)
            case .real(let value): entry.add(real: value)
            case .text(let value): entry.add(text: value)
            case .blob(let value): entry.add(blob: value)
            }
        }
        return entry
    }

    private func bytes(_ column: Int32) -> [UInt8] {
        // The pointer first: asking for the length before could convert the value.
        guard let start = sqlite3_column_blob(statement, column) else { return [] }
        return Array(
            UnsafeRawBufferPointer(
                start: start, count: Int(sqlite3_column_bytes(statement, column))))
    }
}
