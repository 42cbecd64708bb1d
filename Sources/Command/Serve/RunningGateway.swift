import Configuration
import Secrets

/// What a reload cannot change: the sockets and the state directory that the gateway started with.
struct RunningGateway: Equatable {
    var stateDirectory: String
    var listen: [String]
    var listenTLS: [String]
    var admin: String
    /// There are TLS listeners, configured or inherited: no configuration can do without `tls`.
    var hasTLS: Bool

    init(
        stateDirectory: String, listen: [String], listenTLS: [String] = [], admin: String,
        hasTLS: Bool = false
    ) {
        self.stateDirectory = stateDirectory
        self.listen = listen
        self.listenTLS = listenTLS
        self.admin = admin
        self.hasTLS = hasTLS
    }

    init(_ configuration: GatewayConfiguration) {
        stateDirectory = configuration.stateDirectory
        listen = configuration.listen.map(\.description)
        listenTLS = configuration.listenTLS.map(\.description)
        admin = configuration.admin.description
        hasTLS = !configuration.listenTLS.isEmpty
    }

    /// The keys whose new values wait for a restart.
    func changes(in configuration: GatewayConfiguration) -> [String] {
        let new = RunningGateway(configuration)
        var keys: [String] = []
        if new.listen != listen { keys.append("listen") }
        if new.listenTLS != listenTLS { keys.append("listen_tls") }
        if new.admin != admin { keys.append("admin") }
        if new.stateDirectory != stateDirectory { keys.append("state_directory") }
        return keys
    }

    /// Arguments with which `dd0c-route` seals the configuration of that file for a reload.
    func sealArguments(config: String) -> [String] {
        ["seal", "--config", config, "--running-state-directory", stateDirectory]
            + listen.flatMap { ["--running-listen", $0] }
            + listenTLS.flatMap { ["--running-listen-tls", $0] }
            + ["--running-admin", admin] + (hasTLS ? ["--running-tls"] : [])
    }

    /// - Throws: `CommandFailure` where the listeners that the gateway has cannot be served with it.
    func check(_ configuration: GatewayConfiguration) throws(CommandFailure) {
        guard hasTLS, configuration.worker.tls == nil else { return }
        throw CommandFailure(
            .configuration,
            "`tls` is missing in the configuration, and the gateway has a TLS listener")
    }
}
