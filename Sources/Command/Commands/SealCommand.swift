import ArgumentParser
import CLinux
import Configuration
import Foundation
import IPC
import Secrets

/// What the supervisor runs for a reload: validates the configuration anew, seals it and hands it over.
struct SealCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Hand a newly validated configuration to the supervisor.", shouldDisplay: false)

    @Option var config: String
    @Option var runningStateDirectory: String
    @Option(parsing: .singleValue) var runningListen: [String] = []
    @Option(parsing: .singleValue) var runningListenTls: [String] = []
    @Option var runningAdmin: String
    @Flag var runningTls = false

    func run() throws {
        _ = route_forbid_dumps()
        let descriptors = InheritedDescriptors.take()
        guard let control = descriptors.only(InheritedDescriptors.Name.control) else {
            throw CommandFailure(.usage, "`seal` is run by the supervisor, which gives it a socket")
        }
        let source = ConfigurationSource(path: config)
        var configuration = try source.load()
        let running = RunningGateway(
            stateDirectory: runningStateDirectory, listen: runningListen,
            listenTLS: runningListenTls, admin: runningAdmin, hasTLS: runningTls)
        try running.check(configuration)
        let waiting = running.changes(in: configuration)
        if !waiting.isEmpty {
            Console.error(
                "dd0c-route: needs a restart to take effect: \(waiting.joined(separator: ", "))")
        }
        configuration.stateDirectory = running.stateDirectory
        let executables = try Executables.besideThisOne()
        let secrets = try source.secrets(
            of: configuration,
            inherited: Self.running(descriptors.only(InheritedDescriptors.Name.workerConfig)))
        let signingKey = try source.signingKey(
            of: configuration,
            inherited: Self.signingKey(
                descriptors.only(InheritedDescriptors.Name.accountantConfig)))
        let plan = LaunchPlan(
            configuration, executables: executables,
            sealArguments: running.sealArguments(config: source.path))
        let sealed = try SealedSet(
            configuration, secrets: secrets, signingKey: signingKey, plan: plan)
        let sent = ControlSocket(descriptor: control).send(
            .configure, descriptors: [sealed.plan, sealed.worker, sealed.accountant])
        guard sent == .sent else {
            throw CommandFailure(.unavailable, "the supervisor did not take the configuration")
        }
    }

    /// The key that the running ledger is signed with, if it came from an environment variable, by variable.
    private static func signingKey(_ descriptor: Int32?) -> [String: Secret] {
        guard let descriptor,
            let document = try? SealedMemory.withContent(
                of: descriptor,
                { try SealedDocument.decode(AccountantConfiguration.self, from: $0) }),
            let name = document.value.signingKeyVariable, let index = document.value.signingKey,
            document.secrets.indices.contains(index)
        else { return [:] }
        return [name: document.secrets[index]]
    }

    /// The secrets that the running gateway took from environment variables, by variable.
    private static func running(_ descriptor: Int32?) -> [String: Secret] {
        guard let descriptor,
            let document = try? SealedMemory.withContent(
                of: descriptor, { try SealedDocument.decode(WorkerConfiguration.self, from: $0) })
        else { return [:] }
        return document.value.environmentSecrets.compactMapValues { index in
            document.secrets.indices.contains(index) ? document.secrets[index] : nil
        }
    }
}
