import Glibc
import Synchronization

/// Where the ledger is, and the ledger itself while it can be used. The loop opens and closes it; the
/// admin interface takes what is there.
final class LedgerAccess: Sendable {
    /// Why there is no ledger to read.
    enum Failure: Error, Equatable {
        /// It is not open; what is wrong, for the operator.
        case notOpen(String)
        /// A commit went into files that are no longer the ledger's.
        case replaced
    }

    private struct State {
        var ledger: Ledger?
        /// The files that `ledger` was opened on.
        var files: LedgerFiles?
        var trouble: String?
    }

    /// The folder.
    let directory: String
    /// The database's file.
    let path: String
    private let state: Mutex<State>

    /// A ledger that is not open yet.
    init(directory: String) {
        self.directory = directory
        path = directory + "/" + Ledger.fileName
        state = Mutex(State())
    }

    /// A ledger that is open.
    init(_ ledger: Ledger) {
        path = ledger.path
        directory = String(ledger.path.dropLast(Ledger.fileName.utf8.count + 1))
        state = Mutex(State(ledger: ledger, files: LedgerFiles(path: ledger.path)))
    }

    /// The ledger; nil while it is not open.
    var ledger: Ledger? { state.withLock { $0.ledger } }

    /// What is wrong with it, on one line; nil: nothing.
    var trouble: String? { state.withLock { $0.trouble } }

    /// Notes what is wrong, or that nothing is.
    func note(_ trouble: String?) { state.withLock { $0.trouble = trouble } }

    /// The ledger, for reading.
    ///
    /// - Throws: `Failure.notOpen`.
    func forReading() throws(Failure) -> Ledger {
        let (ledger, trouble) = state.withLock { ($0.ledger, $0.trouble) }
        guard let ledger else { throw .notOpen(trouble ?? "it is being opened") }
        return ledger
    }

    /// Opens it.
    ///
    /// - Throws: `Ledger.Failure`, `DatabaseError`, or a file system error.
    func open() throws -> Ledger {
        let opened = try Ledger(directory: directory)
        state.withLock {
            $0.ledger = opened
            $0.files = LedgerFiles(path: path)
        }
        return opened
    }

    /// Whether the files that are open are those that the ledger's paths lead to. SQLite goes on writing
    /// into a file that was removed, and all of it is gone with the process.
    var isInPlace: Bool {
        guard let files = state.withLock({ $0.files }) else { return false }
        let now = LedgerFiles(path: path)
        return now.database == files.database && (files.log == nil || now.log == files.log)
    }

    /// Closes it, as far as its readers let it.
    func close() {
        let ledger = state.withLock { state in
            defer {
                state.ledger = nil
                state.files = nil
            }
            return state.ledger
        }
        try? ledger?.close()
    }

    /// Closes a ledger whose files were removed, moved or replaced.
    ///
    /// The database keeps all that was committed to it, wherever it is now. Its log, where that was left
    /// behind, must not meet another database: SQLite would write the one's pages into the other.
    ///
    /// - Returns: where a log was put that could not be emptied; nil: there was none.
    func abandon() -> String? {
        let (ledger, files) = state.withLock { ($0.ledger, $0.files) }
        try? ledger?.emptyLog()
        close()
        let now = LedgerFiles(path: path)
        guard let log = files?.log, now.log == log, now.database != files?.database else {
            return nil
        }
        let logPath = LedgerFiles.logPath(path)
        var found = stat()
        if stat(logPath, &found) == 0, found.st_size == 0 {
            unlink(logPath)
            return nil
        }
        let aside = logPath + ".left-\(log.inode)"
        return rename(logPath, aside) == 0 ? aside : nil
    }
}
