import Configuration
import Foundation
import IPC
import Redaction
import Secrets
import Testing

@testable import Command

@Suite("Serving opens what the configuration says, or says why it cannot")
struct ServeTests {
    @Test func anAddressInUseIsNamed() throws {
        let first = try ListeningSocket.open(.ipv4("127.0.0.1", port: 0), .clients)
        defer { close(first.descriptor) }
        let failure = #expect(throws: CommandFailure.self) {
            _ = try ListeningSocket.open(first.address, .clients)
        }
        #expect(failure?.status == .unavailable)
        #expect(failure?.lines == ["dd0c-route: \(first.address) is in use by another process"])
    }

    @Test func anAddressOfAnotherMachineIsNamed() {
        let failure = #expect(throws: CommandFailure.self) {
            _ = try ListeningSocket.open(.ipv4("192.0.2.1", port: 0), .clients)
        }
        #expect(
            failure?.lines == ["dd0c-route: 192.0.2.1:0 is no address of this machine"])
    }

    @Test func secretsThatCannotBeLockedAreAWarningOrAReasonNotToStart() throws {
        try ConfigurationSource.checkMemory(.locked, isRequired: true)
        try ConfigurationSource.checkMemory(.unlocked, isRequired: false)
        let failure = #expect(throws: CommandFailure.self) {
            try ConfigurationSource.checkMemory(.unlocked, isRequired: true)
        }
        #expect(failure?.status == .system)
        #expect(failure?.lines.first?.contains("RLIMIT_MEMLOCK") == true)
    }

    @Test func onlyAStaleSocketFileIsReplaced() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/a.sock"
        let first = try ListeningSocket.open(.unix(path: path), .admin)
        #expect(throws: CommandFailure.self) {
            _ = try ListeningSocket.open(.unix(path: path), .admin)
        }
        close(first.descriptor)
        let second = try ListeningSocket.open(.unix(path: path), .admin)
        close(second.descriptor)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o660)
        let file = "\(folder.path)/file"
        try Data("precious".utf8).write(to: URL(fileURLWithPath: file))
        #expect(throws: CommandFailure.self) {
            _ = try ListeningSocket.open(.unix(path: file), .admin)
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "precious")
    }

    @Test func aStateDirectoryHasOneGateway() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/a/b"
        #expect(throws: CommandFailure.self) { try ReloadCommand.signal(stateDirectory: path) }
        let first = try StateDirectory.open(path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o700)
        #expect(StateDirectory.pid(in: first.lock) == getpid())
        let failure = #expect(throws: CommandFailure.self) { _ = try StateDirectory.open(path) }
        #expect(failure?.status == .temporary)
        #expect(
            failure?.lines == [
                "dd0c-route: another gateway (pid \(getpid())) uses the state directory \(path)"
            ])
        // Signal 0 reaches the process without doing anything to it.
        #expect(try ReloadCommand.signal(stateDirectory: path, signal: 0) == getpid())
        close(first.lock)
        let none = #expect(throws: CommandFailure.self) {
            try ReloadCommand.signal(stateDirectory: path, signal: 0)
        }
        #expect(none?.lines == ["dd0c-route: no gateway runs on \(path)"])
        let second = try StateDirectory.open(path)
        close(second.lock)
    }

    @Test func whatAReloadCannotChangeIsNamed() throws {
        let report = ConfigurationFile.parse(
            Self.demo(state: "/new").text, file: "d", host: HostDefaults(cores: 1))
        let configuration = try #require(report.configuration)
        let same = RunningGateway(configuration)
        #expect(same.changes(in: configuration) == [])
        let other = RunningGateway(
            stateDirectory: "/old", listen: ["127.0.0.1:8080"], admin: "unix:/a")
        #expect(other.changes(in: configuration) == ["admin", "state_directory"])
    }

    private static func demo(state: String) -> DemoConfiguration {
        DemoConfiguration(
            listen: "127.0.0.1:8080", admin: "127.0.0.1:9090", stateDirectory: state,
            keyHash: ClientKeyText.sha256("k".utf8),
            families: [
                (.openai, .mock(address: "127.0.0.1:4242")),
                (
                    .anthropic,
                    .provider(
                        url: "https://api.anthropic.com/v1", variable: "ANTHROPIC_API_KEY")
                ),
            ])
    }

    @Test func theDemosFileIsAValidConfiguration() throws {
        let folder = "/a \"b\"\\c\u{1}\té"
        let report = ConfigurationFile.parse(
            Self.demo(state: folder).text, file: "d", host: HostDefaults(cores: 2))
        #expect(report.errors == [])
        #expect(report.warnings == [])
        let configuration = try #require(report.configuration)
        #expect(configuration.stateDirectory == folder)
        #expect(configuration.worker.providers.map(\.host) == ["127.0.0.1", "api.anthropic.com"])
        #expect(configuration.worker.providers.map(\.apiKey) == [nil, 0])
        #expect(configuration.worker.keys.map(\.name) == ["demo"])
        #expect(configuration.secrets.map(\.reference) == [.environment("ANTHROPIC_API_KEY")])
    }

    @Test func theDemoPrintsLinesThatAShellTakes() {
        let endpoints = Launch.Endpoints(
            http: [.ipv4("127.0.0.1", port: 8080)], admin: .ipv4("127.0.0.1", port: 9090))
        let lines = DemoAnnouncement(
            endpoints: endpoints, key: "dd0c_k", mocked: [.openai, .anthropic],
            command: "/opt/d d/dd0c-route"
        ).lines
        #expect(
            lines.contains(
                "  curl -N http://127.0.0.1:8080/v1/chat/completions "
                    + "-H 'Authorization: Bearer dd0c_k' -H 'Content-Type: application/json' "
                    + #"-d '{"model":"gpt-5-mini","stream":true,"#
                    + #""messages":[{"role":"user","content":"Say hello."}]}'"#))
        #expect(lines.contains("  '/opt/d d/dd0c-route' usage"))
        #expect(DemoAnnouncement.quoted("it's") == #"'it'\''s'"#)
        #expect(DemoAnnouncement.quoted("") == "''")
    }

    @Test func whatIsSealedIsReadBack() throws {
        let report = ConfigurationFile.parse(
            Self.demo(state: "/s").text, file: "d", host: HostDefaults(cores: 2))
        let configuration = try #require(report.configuration)
        let running = RunningGateway(configuration)
        let plan = LaunchPlan(
            configuration, executables: Executables(folder: "/opt"),
            sealArguments: running.sealArguments(config: "/s/demo.yaml"))
        let secret = "made-up-Xk2Rw8Lm5Tq9Zc4Vb7Nd1Hf6"
        let sealed = try SealedSet(
            configuration, secrets: [Secret(copying: secret.utf8)], signingKey: nil, plan: plan)
        defer { for fd in [sealed.plan, sealed.worker, sealed.accountant] { close(fd) } }
        var read = try SealedMemory.withContent(of: sealed.plan) { bytes in
            #expect(Data(bytes).range(of: Data(secret.utf8)) == nil)
            return try LaunchPlan(decoding: bytes)
        }
        // The supervisor recognises the secret, which it does not get.
        let known = read.knownSecrets.withUnsafeBytes { KnownSecrets(serialized: $0) }
        #expect(known?.occurs(in: "took \(secret) from a file") == true)
        read.knownSecrets = []
        #expect(read == plan)
        #expect(plan.workers == 2)
        #expect(plan.workerPath == "/opt/dd0c-route-worker")
        let worker = try SealedMemory.withContent(of: sealed.worker) {
            try SealedDocument.decode(WorkerConfiguration.self, from: $0).value
        }
        #expect(worker == configuration.worker)
        let accountant = try SealedMemory.withContent(of: sealed.accountant) {
            try SealedDocument.decode(AccountantConfiguration.self, from: $0).value
        }
        #expect(accountant == configuration.accountant)
    }
}
