import ArgumentParser
import CLinux
import Configuration
import Foundation
import IPC

/// Reads the configuration, opens the sockets and becomes the supervisor.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Start the gateway (the default command).",
        discussion: """
            SIGTERM or Ctrl-C drains and ends it; SIGHUP (or `dd0c-route reload`) takes a changed \
            configuration. Sockets that systemd passes are used instead of `listen:` and `admin:`.
            """)

    @Option(help: "The configuration file (default: \(ConfigurationSource.standardPath)).")
    var config: String?

    @Flag(
        help: """
            Serve without a configuration: relay to OpenAI or Anthropic where OPENAI_API_KEY or \
            ANTHROPIC_API_KEY is set, and to the bundled mock provider otherwise.
            """)
    var demo = false

    @Option(help: "With --demo: the address for clients.")
    var listen: String?

    @Option(help: "With --demo: the address of the admin interface.")
    var admin: String?

    @Option(help: "With --demo: the folder for the ledger.")
    var stateDirectory: String?

    func validate() throws {
        if demo, config != nil {
            throw ValidationError("--demo makes its own configuration: leave --config out.")
        }
        if !demo, listen != nil || admin != nil || stateDirectory != nil {
            throw ValidationError(
                "--listen, --admin and --state-directory go with --demo; "
                    + "otherwise the configuration file has them.")
        }
    }

    func run() throws {
        // Before the first secret is read. What can attach to or dump this process could read it too.
        _ = route_forbid_dumps()
        let variables = ProcessInfo.processInfo.environment
        let executables = try Executables.besideThisOne()
        let inherited = try InheritedSockets(InheritedDescriptors.take())
        if demo {
            try DemoSetup(
                variables: variables, executables: executables, listen: listen, admin: admin,
                stateDirectory: stateDirectory
            ).serve(inherited)
        } else {
            let source = ConfigurationSource(path: config, variables: variables)
            let configuration = try source.load()
            let state = try StateDirectory.open(configuration.stateDirectory)
            try Launch(
                source: source, configuration: configuration, executables: executables,
                state: state
            ).become(inherited, announcement: nil)
        }
    }
}
