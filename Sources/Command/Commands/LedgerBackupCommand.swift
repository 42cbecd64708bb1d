import ArgumentParser
import LedgerFormat

/// Copies the ledger while the gateway runs.
struct LedgerBackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the ledger as it is at one moment, whether the gateway runs or not.",
        discussion: """
            The copy is one file, for its owner alone, and is on disk when the command ends. `dd0c-route ledger \
            verify --file` checks it like the original.
            """)

    @OptionGroup var location: LedgerLocation

    @Argument(help: "The file to make; there must be none of that name.")
    var output: String

    func run() throws {
        let path = try location.path()
        let ledger = try LedgerLocation.open(path)
        do throws(LedgerFile.Failure) {
            try ledger.backup(to: output)
        } catch {
            switch error {
            case .unreadable(let code):
                throw CommandFailure.system(
                    "\(output) cannot be made", code: code, status: .cannotCreate)
            case .database(let code):
                throw CommandFailure(
                    .inputOutput, "\(path) cannot be copied to \(output) (SQLite code \(code))")
            }
        }
        try Console.out("copied \(path) to \(output)")
    }
}
