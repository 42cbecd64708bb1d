import Configuration
import Secrets

/// What a reload cannot change: the sockets and the state directory that the gateway started with.
struct RunningGateway: Equatable {
    var stateDirectory: String
    var listen: [String]
    var admin: String

    init(stateDirectory: String, listen: [String], admin: String) {
        self.stateDirectory = stateDirectory
        self.listen = listen
        self.admin = admin
    }

    init(_ configuration: GatewayConfiguration) {
        stateDirectory = configuration.stateDirectory
        listen = configuration.listen.map(\.description)
        admin = configuration.admin.description
    }

    /// The keys whose new values wait for a restart.
    func changes(in configuration: GatewayConfiguration) -> [String] {
        let new = RunningGateway(configuration)
        var keys: [String] = []
        if new.listen != listen { keys.append("listen") }
        if new.admin != admin { keys.append("admin") }
        if new.stateDirectory != stateDirectory { keys.append("state_directory") }
        return keys
    }

    /// Arguments with which `dd0c-route` seals the configuration of that file for a reload.
    func sealArguments(config: String) -> [String] {
        ["seal", "--config", config, "--running-state-directory", stateDirectory]
            + listen.flatMap { ["--running-listen", $0] } + ["--running-admin", admin]
    }
}
