import GRDBSQLite
import Glibc

extension LedgerFile {
    /// Copies the ledger as it is at one moment, also while it is being written, into a new file for its owner
    /// alone, and has it on disk. The copy needs no log beside it.
    ///
    /// Made by SQLite's online backup (https://www.sqlite.org/backup.html): page by page, so that nothing that
    /// is chained by hashes changes.
    ///
    /// - Throws: `Failure`: `unreadable(EEXIST)` where there is such a file already.
    public func backup(to path: String) throws(Failure) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unreadable(errno) }
        close(descriptor)
        do throws(Failure) {
            try copy(to: path)
        } catch {
            for end in ["", "-journal", "-wal", "-shm"] { unlink(path + end) }
            throw error
        }
    }

    private func copy(to path: String) throws(Failure) {
        var target: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE
        var code = sqlite3_open_v2(path, &target, flags, nil)
        defer { sqlite3_close_v2(target) }
        guard code == SQLITE_OK, let target else { throw .database(code) }
        guard let backup = sqlite3_backup_init(target, "main", database, "main") else {
            throw .database(sqlite3_extended_errcode(target))
        }
        // All pages under one read lock: a writer goes on beside it.
        code = sqlite3_backup_step(backup, -1)
        let finished = sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, finished == SQLITE_OK else {
            throw .database(code == SQLITE_DONE ? finished : code)
        }
        // The copy says that it has a write-ahead log, as the original does. Without one it is a single file.
        code = sqlite3_exec(target, "PRAGMA journal_mode = DELETE", nil, nil, nil)
        guard code == SQLITE_OK else { throw .database(code) }
    }
}
