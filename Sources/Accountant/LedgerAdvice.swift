import GRDB

/// What an operator can do about a ledger that does not work.
enum LedgerAdvice {
    /// The error and the remedy, on one line, without values.
    static func text(_ error: any Error) -> String {
        if let failure = error as? Ledger.Failure {
            switch failure {
            case .writtenByNewerVersion:
                return "a newer version of dd0c-route has changed it; run that version"
            case .unreadableRow(let key):
                return "the row of open stream \(key.id) makes no sense; check the disk"
            case .unreadableChain:
                return "the end of the hash chain makes no sense; run `dd0c-route ledger verify`"
            }
        }
        guard let database = error as? DatabaseError else { return "\(type(of: error))" }
        let code = database.resultCode
        let remedy =
            switch code {
            case .SQLITE_FULL: "the disk is full; free some space"
            case .SQLITE_BUSY, .SQLITE_LOCKED: "another process has locked it; end that process"
            case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
                "it cannot be opened for writing; check the owner and the rights of the folder"
            case .SQLITE_IOERR: "reading or writing failed; check the disk"
            case .SQLITE_CONSTRAINT:
                "it has rows that this program did not write; run `dd0c-route ledger verify`"
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: "it is damaged; restore it from a backup"
            default: "SQLite refused the statement"
            }
        return "\(remedy) (SQLite code \(database.extendedResultCode.rawValue))"
    }
}
