import GRDBSQLite
import Glibc

/// A ledger's file, opened for reading alone: that of a running gateway, or a copy of one.
public final class LedgerFile {
    /// Why a file cannot be read as a ledger.
    public enum Failure: Error, Equatable, Sendable {
        /// There is no such file, or it may not be read: an `errno`.
        case unreadable(Int32)
        /// What SQLite said: an extended result code.
        case database(Int32)
    }

    /// Name of the file in the state directory.
    public static let name = "ledger.sqlite"

    let database: OpaquePointer
    private static let busyTimeout: Int32 = 5_000

    /// - Throws: `Failure`.
    public init(path: String) throws(Failure) {
        guard access(path, R_OK) == 0 else { throw .unreadable(errno) }
        do throws(Failure) {
            database = try Self.open(path)
        } catch {
            // A copy in a folder that cannot be written: there is no log to share with anybody.
            guard Self.hasNoLog(path) else { throw error }
            database = try Self.open("file:\(Self.percentEncoded(path))?immutable=1")
        }
    }

    deinit { sqlite3_close_v2(database) }

    /// A statement on this file.
    ///
    /// - Throws: `LedgerStatement.Failure`.
    public func statement(_ sql: String) throws(LedgerStatement.Failure) -> LedgerStatement {
        try LedgerStatement(database, sql)
    }

    /// Runs a statement without rows.
    ///
    /// - Throws: `LedgerStatement.Failure`.
    public func run(_ sql: String) throws(LedgerStatement.Failure) {
        _ = try statement(sql).next()
    }

    /// The columns of a table, in the order of the table; empty when there is no such table.
    ///
    /// - Throws: `LedgerStatement.Failure`.
    public func columns(of table: ChainedTable) throws(LedgerStatement.Failure) -> [String] {
        let rows = try statement("SELECT name FROM pragma_table_info('\(table.name)')")
        var names: [String] = []
        while try rows.next() { names.append(rows.text(0) ?? "") }
        return names
    }

    private static func open(_ name: String) throws(Failure) -> OpaquePointer {
        var database: OpaquePointer?
        let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE
        var code = sqlite3_open_v2(name, &database, flags, nil)
        if code == SQLITE_OK {
            sqlite3_busy_timeout(database, busyTimeout)
            // Opening reads nothing yet.
            code = sqlite3_exec(database, "SELECT COUNT(*) FROM sqlite_master", nil, nil, nil)
        }
        guard code == SQLITE_OK, let database else {
            sqlite3_close_v2(database)
            throw .database(code)
        }
        return database
    }

    /// Whether there is no write-ahead log beside the file whose content would be missing.
    private static func hasNoLog(_ path: String) -> Bool {
        var information = stat()
        return stat(path + "-wal", &information) != 0 || information.st_size == 0
    }

    private static func percentEncoded(_ path: String) -> String {
        path.utf8.map { byte in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                || (0x61...0x7a).contains(byte) || "/-._~".utf8.contains(byte)
            return isPlain
                ? String(UnicodeScalar(byte)) : "%" + Hexadecimal.text(CollectionOfOne(byte))
        }.joined()
    }
}
