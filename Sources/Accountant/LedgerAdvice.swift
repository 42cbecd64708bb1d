import Foundation
import GRDB

/// What an operator can do about a ledger that does not work.
enum LedgerAdvice {
    /// The error and the remedy, on one line, without values.
    static func text(_ error: any Error) -> String {
        switch error {
        case let failure as Ledger.Failure: text(failure)
        case let failure as LedgerAccess.Failure:
            switch failure {
            case .notOpen(let trouble): trouble
            case .replaced: "its files were removed or replaced while they were written"
            }
        case let database as DatabaseError: text(database)
        case let file as CocoaError:
            "the folder cannot be used; check its owner, its rights and its disk "
                + "(file error \(file.code.rawValue))"
        default: "\(type(of: error))"
        }
    }

    private static func text(_ failure: Ledger.Failure) -> String {
        switch failure {
        case .writtenByNewerVersion:
            "a newer version of dd0c-route has changed it; run that version"
        case .unreadableRow(let key):
            "the row of open stream \(key.id) makes no sense; check the disk"
        case .unreadableChain:
            "the end of the hash chain makes no sense; run `dd0c-route ledger verify`"
        }
    }

    private static func text(_ error: DatabaseError) -> String {
        let remedy =
            switch error.resultCode {
            case .SQLITE_FULL: "the disk is full; free some space"
            case .SQLITE_BUSY, .SQLITE_LOCKED: "another process has locked it; end that process"
            case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
                "it cannot be opened for writing; check the owner and the rights of the folder, and "
                    + "whether its disk is mounted read-only or full"
            case .SQLITE_IOERR: "reading or writing failed; check the disk, and its free space"
            case .SQLITE_CONSTRAINT:
                "it has rows that this program did not write; run `dd0c-route ledger verify`"
            case .SQLITE_CORRUPT, .SQLITE_NOTADB:
                "it is damaged; restore it from a backup, or move it away together with the files of "
                    + "the same name that end in -wal and -shm: a new one is then begun"
            default: "SQLite refused the statement"
            }
        return "\(remedy) (SQLite code \(error.extendedResultCode.rawValue))"
    }

    /// Whether a ledger with this error is closed, and opened anew for the next try: what is in its place
    /// by then may be another file, or the same on a disk that can be written again.
    static func isReopened(_ error: any Error) -> Bool {
        if error is LedgerAccess.Failure { return false }
        guard let database = error as? DatabaseError else { return true }
        switch database.resultCode {
        case .SQLITE_FULL, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_INTERRUPT: return false
        default: return true
        }
    }
}
