import Glibc

/// Which files a ledger's paths lead to now: the database and its write-ahead log.
struct LedgerFiles: Equatable, Sendable {
    /// A file by its number, whatever its name.
    struct Identity: Equatable, Sendable {
        var device: UInt64
        var inode: UInt64
    }

    /// nil: there is none.
    var database: Identity?
    /// nil: there is none.
    var log: Identity?

    /// The name of the write-ahead log of a database.
    static func logPath(_ path: String) -> String { path + "-wal" }

    /// Looks the paths up.
    init(path: String) {
        database = Self.identity(path)
        log = Self.identity(Self.logPath(path))
    }

    private static func identity(_ path: String) -> Identity? {
        var found = stat()
        guard stat(path, &found) == 0 else { return nil }
        return Identity(device: UInt64(found.st_dev), inode: UInt64(found.st_ino))
    }
}
