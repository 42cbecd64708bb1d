import Configuration
import Foundation

/// `serve --demo`: everything that a configuration would have said.
struct DemoSetup {
    let variables: [String: String]
    let executables: Executables
    let listen: String?
    let admin: String?
    let stateDirectory: String?

    static let standardListen = "127.0.0.1:8080"
    static let standardAdmin = "127.0.0.1:9090"
    private static let fileName = "demo.yaml"

    private func hasKey(_ family: ProviderFamily) -> Bool {
        variables[Self.variable(family)]?.isEmpty == false
    }

    private static func variable(_ family: ProviderFamily) -> String {
        switch family {
        case .openai: "OPENAI_API_KEY"
        case .anthropic: "ANTHROPIC_API_KEY"
        }
    }

    private static func url(_ family: ProviderFamily) -> String {
        switch family {
        case .openai: "https://api.openai.com/v1"
        case .anthropic: "https://api.anthropic.com/v1"
        }
    }

    /// Becomes the supervisor; returns only by throwing.
    ///
    /// - Throws: `CommandFailure`.
    func serve(_ inherited: InheritedSockets) throws(CommandFailure) -> Never {
        guard
            let folder = stateDirectory.map({ URL(fileURLWithPath: $0).path })
                ?? HostDefaults(variables: variables).stateDirectory
        else {
            throw CommandFailure(
                .configuration, "no folder for the ledger: set HOME, or give --state-directory")
        }
        let state = try StateDirectory.open(folder)
        let key = try ClientKeyText.make()
        let mocked = ProviderFamily.allCases.filter { !hasKey($0) }
        let mock = mocked.isEmpty ? nil : try MockProviderProcess.start(executables.mockProvider)
        let demo = DemoConfiguration(
            listen: listen ?? Self.standardListen, admin: admin ?? Self.standardAdmin,
            stateDirectory: folder, keyHash: ClientKeyText.sha256(key.utf8),
            families: ProviderFamily.allCases.map { family in
                if let mock, mocked.contains(family) {
                    return (family, .mock(address: mock.address))
                }
                return (
                    family,
                    .provider(url: Self.url(family), variable: Self.variable(family))
                )
            })
        let path = "\(folder)/\(Self.fileName)"
        try PrivateFile.replace(path, with: demo.text)
        let source = ConfigurationSource(path: path, variables: variables)
        let launch = Launch(
            source: source, configuration: try source.load(), executables: executables,
            state: state, kept: mock.map { [$0.lifeline] } ?? [])
        try launch.become(inherited) { endpoints in
            DemoAnnouncement(
                endpoints: endpoints, key: key, mocked: mocked, command: executables.command
            ).lines
        }
    }
}
