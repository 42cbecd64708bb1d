import ArgumentParser

/// Shows how the gateway is.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the state of the running gateway.",
        discussion: """
            Its processes, with the worker's place, process id, generation of the configuration, time since \
            the start, restarts, open streams and memory in RAM; and the ledger, the reports that wait, and the \
            providers' connections.
            """)

    @OptionGroup var admin: AdminOptions

    @Option(help: "table or json.")
    var format: Format = .table

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    mutating func run() async throws {
        let lines = try await AdminClient(admin.address()).lines("/status")
        for try await line in lines {
            switch format {
            case .json: try Console.out(line)
            case .table:
                for text in StatusTable.lines(of: try JSONValue(parsing: line)) {
                    try Console.out(text)
                }
            }
        }
    }
}
