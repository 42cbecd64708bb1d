import Configuration
import Foundation
import IPC

/// The last steps of `serve`: sockets, sealed configuration, exec.
struct Launch {
    let source: ConfigurationSource
    let configuration: GatewayConfiguration
    let executables: Executables
    let state: StateDirectory
    /// Descriptors that must stay open as long as the supervisor runs.
    var kept: [Int32] = []

    /// What the sockets really are, for what is printed.
    struct Endpoints {
        var http: [ListenAddress]
        var https: [ListenAddress] = []
        var admin: ListenAddress?
    }

    /// Becomes the supervisor; returns only by throwing.
    ///
    /// - Parameter announcement: makes what is printed to standard output right before.
    /// - Throws: `CommandFailure`.
    func become(
        _ inherited: InheritedSockets, announcement: ((Endpoints) -> [String])?
    ) throws(CommandFailure) -> Never {
        let secrets = try source.secrets(of: configuration)
        let signingKey = try source.signingKey(of: configuration)
        var running = RunningGateway(configuration)
        if !inherited.https.isEmpty { running.hasTLS = true }
        try running.check(configuration)
        var layout = DescriptorLayout()
        let endpoints = try openSockets(inherited, &layout)
        let plan = LaunchPlan(
            configuration, executables: executables,
            sealArguments: running.sealArguments(config: source.path))
        let sealed = try SealedSet(
            configuration, secrets: secrets, signingKey: signingKey, plan: plan)
        layout.add(InheritedDescriptors.Name.plan, sealed.plan)
        layout.add(InheritedDescriptors.Name.workerConfig, sealed.worker)
        layout.add(InheritedDescriptors.Name.accountantConfig, sealed.accountant)
        layout.add(InheritedDescriptors.Name.lock, state.lock)
        for entry in inherited.carried { layout.add(entry.name, entry.descriptor) }
        for descriptor in kept { layout.keep(descriptor) }
        Console.error("dd0c-route: \(Self.summary(endpoints)); ledger in \(state.path)")
        for line in announcement?(endpoints) ?? [] { try? Console.out(line) }
        try layout.place()
        try ProcessImage(
            path: executables.supervisor, arguments: [],
            variables: environment(layout.variables(pid: getpid()))
        ).replaceThisProcess()
    }

    private func openSockets(
        _ inherited: InheritedSockets, _ layout: inout DescriptorLayout
    ) throws(CommandFailure) -> Endpoints {
        var endpoints = Endpoints(http: [], admin: nil)
        for descriptor in inherited.http { layout.add(InheritedDescriptors.Name.http, descriptor) }
        for descriptor in inherited.https {
            layout.add(InheritedDescriptors.Name.https, descriptor)
        }
        if inherited.http.isEmpty, inherited.https.isEmpty {
            for address in configuration.listen {
                let socket = try ListeningSocket.open(address, .clients)
                layout.add(InheritedDescriptors.Name.http, socket.descriptor)
                endpoints.http.append(socket.address)
            }
            for address in configuration.listenTLS {
                let socket = try ListeningSocket.open(address, .clients)
                layout.add(InheritedDescriptors.Name.https, socket.descriptor)
                endpoints.https.append(socket.address)
            }
        }
        for descriptor in inherited.admin {
            layout.add(InheritedDescriptors.Name.admin, descriptor)
        }
        if inherited.admin.isEmpty {
            let socket = try ListeningSocket.open(configuration.admin, .admin)
            layout.add(InheritedDescriptors.Name.admin, socket.descriptor)
            endpoints.admin = socket.address
        }
        return endpoints
    }

    private static func summary(_ endpoints: Endpoints) -> String {
        let addresses =
            endpoints.http.map(\.description) + endpoints.https.map { "\($0) (TLS)" }
        let clients =
            addresses.isEmpty ? "inherited sockets" : addresses.joined(separator: ", ")
        return "clients on \(clients), admin on "
            + (endpoints.admin?.description ?? "an inherited socket")
    }

    /// Secrets are sealed by now: their variables, and all that look like some, go no further.
    private func environment(_ listen: [String: String]) -> [String: String] {
        Self.environment(
            source.variables, used: configuration.secretVariables, listen: listen)
    }

    static func environment(
        _ variables: [String: String], used: Set<String>, listen: [String: String]
    ) -> [String: String] {
        var kept = variables.filter { name, _ in
            !used.contains(name) && !name.hasSuffix("_API_KEY") && !name.hasPrefix("LISTEN_")
        }
        // Swift's own crash reports print registers and memory, and with them pieces of keys.
        kept["SWIFT_BACKTRACE"] = "enable=no"
        return kept.merging(listen) { $1 }
    }
}
