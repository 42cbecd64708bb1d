import Configuration
import Foundation
import IPC
import LedgerFormat
import Redaction
import Secrets
import Testing

@testable import Command

@Suite("The key that the ledger is signed with is tried before anything runs, and never shown")
struct SigningKeyTests {
    private static func source(_ folder: TemporaryFolder, key: String) throws -> ConfigurationSource
    {
        let demo = DemoConfiguration(
            listen: "127.0.0.1:1", admin: "127.0.0.1:2", stateDirectory: folder.path,
            keyHash: String(repeating: "0", count: 64),
            families: [
                (.openai, .mock(address: "127.0.0.1:3")),
                (.anthropic, .mock(address: "127.0.0.1:3")),
            ])
        try key.write(toFile: folder.path + "/key.pem", atomically: false, encoding: .utf8)
        chmod(folder.path + "/key.pem", 0o600)
        let path = folder.path + "/config.yaml"
        try "\(demo.text)ledger: { signing_key: { file: \(folder.path)/key.pem } }\n".write(
            toFile: path, atomically: false, encoding: .utf8)
        return ConfigurationSource(path: path, variables: [:])
    }

    private static func make(_ folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/made.pem"
        try SigningKey.generate().withPEM { try PrivateFile.create(path, $0) }
        return path
    }

    @Test("A new key is its owner's alone, is not written over another, and is accepted")
    func made() throws {
        let folder = try TemporaryFolder()
        let path = try Self.make(folder)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        let failure = #expect(throws: CommandFailure.self) { _ = try Self.make(folder) }
        #expect(failure?.status == .cannotCreate)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let source = try Self.source(folder, key: text)
        let key = try #require(try source.signingKey(of: try source.load()))
        #expect(key.withBytes { String(decoding: $0, as: UTF8.self) } + "\n" == text)
        try CheckCommand.parse([source.path]).run()
    }

    @Test(
        "What is no key is refused at its place in the file, without a byte of it",
        arguments: [
            ("hunter2hunter2", "holds no private key in PEM (PKCS#8, without a passphrase)"),
            (
                "-----BEGIN PRIVATE KEY-----\naHVudGVyMmh1bnRlcjI=\n-----END PRIVATE KEY-----",
                "holds no private key in PEM (PKCS#8, without a passphrase)"
            ),
            (
                """
                -----BEGIN PRIVATE KEY-----
                MC4CAQAwBQYDK2VuBCIEIHgEtnTxdPcZ9Y0GhqkYdKVvGQ8aP4Y6O0VN8FQWhrJT
                -----END PRIVATE KEY-----
                """, "holds a key that is not Ed25519"
            ),
        ])
    func refused(_ key: String, _ message: String) throws {
        let folder = try TemporaryFolder()
        let source = try Self.source(folder, key: key)
        let configuration = try source.load()
        let expected = "\(source.path):18:24: ledger.signing_key: \(message)"
        let failure = #expect(throws: CommandFailure.self) {
            _ = try source.signingKey(of: configuration)
        }
        #expect(failure == CommandFailure(.configuration, lines: [expected]))
        let checked = #expect(throws: CommandFailure.self) {
            try CheckCommand.parse([source.path]).run()
        }
        #expect(checked == failure)
    }

    @Test(
        "The accountant gets the key, the workers do not, and the supervisor knows it by its hashes"
    )
    func sealed() throws {
        let folder = try TemporaryFolder()
        let text = try String(contentsOfFile: try Self.make(folder), encoding: .utf8)
        let source = try Self.source(folder, key: text)
        let configuration = try source.load()
        let plan = LaunchPlan(
            configuration, executables: Executables(folder: "/opt"), sealArguments: [])
        let sealed = try SealedSet(
            configuration, secrets: [], signingKey: try source.signingKey(of: configuration),
            plan: plan)
        defer { for fd in [sealed.plan, sealed.worker, sealed.accountant] { close(fd) } }
        let body = Data(text.split(separator: "\n")[1].utf8)
        for descriptor in [sealed.plan, sealed.worker] {
            try SealedMemory.withContent(of: descriptor) { bytes in
                #expect(Data(bytes).range(of: body) == nil)
            }
        }
        try SealedMemory.withContent(of: sealed.accountant) { bytes in
            let document = try SealedDocument.decode(AccountantConfiguration.self, from: bytes)
            #expect(document.value == configuration.accountant && document.value.signingKey == 0)
            let key = try #require(document.secrets.first)
            #expect(try key.withBytes { try SigningKey(pem: $0) }.publicKey.bytes.count == 32)
        }
        let read = try SealedMemory.withContent(of: sealed.plan) { try LaunchPlan(decoding: $0) }
        let known = read.knownSecrets.withUnsafeBytes { KnownSecrets(serialized: $0) }
        #expect(known?.occurs(in: String(decoding: body, as: UTF8.self)) == true)
    }
}
