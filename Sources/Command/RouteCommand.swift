import ArgumentParser

/// `dd0c-route`: everything that an operator does.
struct RouteCommand: ParsableCommand {
    static let version = "0.1.0"
    static let configuration = CommandConfiguration(
        commandName: "dd0c-route",
        abstract:
            "An LLM gateway: relays OpenAI and Anthropic streams, and bills what was delivered.",
        version: version,
        subcommands: [
            ServeCommand.self, CheckCommand.self, ReloadCommand.self, StatusCommand.self,
            UsageCommand.self, LedgerCommand.self, KeysCommand.self, TokensCommand.self,
            RedactCommand.self,
            SealCommand.self, SymbolicateCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)
}
