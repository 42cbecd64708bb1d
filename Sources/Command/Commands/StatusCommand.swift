import ArgumentParser

/// Shows how the gateway is.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the state of the running gateway.")

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
                let value = try JSONValue(parsing: line)
                for (name, text) in value.flattened { try Console.out("\(name): \(text)") }
            }
        }
    }
}
