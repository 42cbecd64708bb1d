import ArgumentParser

/// What can be done with the ledger's file, whether the gateway runs or not.
struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Verify the ledger, copy it, or export its records.",
        subcommands: [
            LedgerVerifyCommand.self, LedgerBackupCommand.self, LedgerExportCommand.self,
        ])
}
