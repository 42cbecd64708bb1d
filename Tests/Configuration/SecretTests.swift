import Configuration
import Glibc
import Secrets
import Testing

@testable import Configuration

@Suite("Secrets are referred to, resolved with care, and never shown")
struct SecretTests {
    private static let key = "sk-proj-Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA"

    /// Every place where somebody may have put a key, with the rest of the file valid.
    private static let mistakes = [
        Sample.text(providers: providers("api_key: \(key)")),
        Sample.text(providers: providers("api_key: { \(key) }")),
        Sample.text(providers: providers("api_key: { env: \(key) }")),
        Sample.text(providers: providers("api_key: { credential: \(key) }")),
        Sample.text(providers: providers("api_key: { file: \(key) }")),
        Sample.text(providers: providers("\(key): 1")),
        Sample.text(providers: providers("api_kee: \(key)")),
        Sample.text("\(key): 1"),
        Sample.text("\(key): 1\n\(key): 2"),
        Sample.text("tls: { certificate: /c, private_key: \(key) }"),
        Sample.text("tls: { certificate: \(key), private_key: { env: A } }"),
        Sample.text("admin: \(key)"),
        Sample.text("listen: [\"\(key)\"]"),
        Sample.text("workers: \(key)"),
        Sample.text("drain_timeout: \(key)"),
        Sample.text("state_directory: \(key)"),
        Sample.text("limits: { body_bytes: \(key) }"),
        Sample.text("prices: [{ match: a, input: \(key), output: 1 }]"),
        Sample.text(keys: "keys: [{ name: a, sha256: \(key) }]\n"),
        Sample.text(keys: "keys: [{ name: \(key), sha256: 1 }]\n"),
        Sample.text(keys: "keys: [\(key)]\n"),
        Sample.text(models: "models: [{ match: a, provider: \(key) }]\n"),
        Sample.text(providers: Sample.providers.replacing("https://", with: "https://u:\(key)@")),
        Sample.text(providers: Sample.providers.replacing("/v1", with: "/v1?key=\(key)")),
        Sample.text("a: [\(key)"), "\(key)", "- \(key)", "*\(key)", "!<\(key)> a", "%\(key)",
    ]

    private static func providers(_ line: String) -> String {
        "providers:\n  openai:\n    family: openai\n    base_url: https://a/v1\n    \(line)\n"
    }

    @Test(arguments: mistakes)
    func aKeyInTheTextIsRefusedAndNotShown(text: String) {
        let report = Sample.parse(text)
        #expect(report.configuration == nil)
        #expect(!report.errors.isEmpty)
        for problem in report.errors + report.warnings {
            // No run of eight characters of the key's random part.
            let random = Array(Self.key.dropFirst(8))
            for start in 0...(random.count - 8) {
                let part = String(random[start..<(start + 8)])
                #expect(!problem.description.contains(part), "\(problem)")
            }
        }
    }

    @Test func apiKeyAsTextNamesTheWayOut() {
        let report = Sample.parse(
            Sample.text(providers: Self.providers("api_key: hunter2")))
        #expect(
            report.errors.map(\.description) == [
                "c.yaml:8:14: providers.openai.api_key: must be a reference, never the secret "
                    + "itself; write `{ credential: NAME }`, `{ env: NAME }` or `{ file: PATH }`"
            ])
    }

    private func text(_ resolution: SecretResolver.Resolution) -> String {
        switch resolution {
        case .found(let secret, let warning):
            let value = secret.withBytes { String(decoding: $0, as: UTF8.self) }
            return "found \(value)" + (warning.map { "; \($0)" } ?? "")
        case .missing(let reason): return "missing: \(reason)"
        }
    }

    @Test(arguments: [
        ("abc", "found abc"), ("abc\n", "found abc"), ("abc\r\n", "found abc"),
        ("", "missing: the variable is empty"), ("\n", "missing: the variable is empty"),
        (
            "a b",
            "missing: the variable holds a space, a line end or another byte that no key has"
        ),
        (
            "abc\n\n",
            "missing: the variable holds a space, a line end or another byte that no key has"
        ),
        (
            "a\u{e9}",
            "missing: the variable holds a space, a line end or another byte that no key has"
        ),
    ])
    func valuesAreChecked(value: String, expected: String) {
        let resolver = SecretResolver(variables: ["K": value])
        #expect(text(resolver.resolve(.environment("K"))) == expected)
    }

    @Test(arguments: [
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", true),
        ("x\n-----BEGIN RSA PRIVATE KEY-----\nAAAA\n", true), ("", false), ("abc", false),
        ("-----BEGIN CERTIFICATE-----\n", false),
    ])
    func aPrivateKeyIsPEM(value: String, isOne: Bool) {
        let resolver = SecretResolver(variables: ["K": value])
        #expect(
            text(resolver.resolve(.environment("K"), as: .privateKey))
                == (isOne ? "found \(value)" : "missing: the variable holds no PEM private key"))
    }

    @Test func anEncryptedPrivateKeyIsRefused() {
        let value = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
        #expect(
            text(
                SecretResolver(variables: ["K": value])
                    .resolve(.environment("K"), as: .privateKey)
            ).hasPrefix("missing: the variable holds an encrypted key"))
    }

    @Test func linesMayHaveSpacesAndLineEnds() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4=\r\n-----END PRIVATE KEY-----"
        let resolver = SecretResolver(variables: ["K": pem + "\n", "BAD": "a\tb"])
        #expect(text(resolver.resolve(.environment("K"), as: .lines)) == "found \(pem)")
        #expect(text(resolver.resolve(.environment("K"))).hasPrefix("missing: "))
        #expect(text(resolver.resolve(.environment("BAD"), as: .lines)).hasPrefix("missing: "))
    }

    @Test func aVariableThatIsGoneComesFromTheRunningGateway() {
        let resolver = SecretResolver(
            variables: ["NEW": "n"],
            inherited: ["OLD": Secret(copying: Array("o".utf8)), "NEW": Secret(copying: [0x78])])
        #expect(text(resolver.resolve(.environment("OLD"))) == "found o")
        #expect(text(resolver.resolve(.environment("NEW"))) == "found n")
        #expect(
            text(resolver.resolve(.environment("NONE")))
                == "missing: the environment variable `NONE` is not set")
    }

    @Test func filesAndCredentialsAreRead() throws {
        var template = Array("/tmp/dd0c-route-secret-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        defer {
            unlink("\(folder)/key")
            rmdir(folder)
        }
        let path = "\(folder)/key"
        let fd = open(path, O_WRONLY | O_CREAT, 0o600)
        #expect(write(fd, "abc\n", 4) == 4)
        close(fd)
        let resolver = SecretResolver(variables: ["CREDENTIALS_DIRECTORY": folder])
        #expect(text(resolver.resolve(.file(path))) == "found abc")
        #expect(text(resolver.resolve(.credential("key"))) == "found abc")
        chmod(path, 0o644)
        #expect(
            text(resolver.resolve(.file(path))).hasSuffix("can be read by every user: chmod 600 it")
        )
        #expect(text(resolver.resolve(.credential("key"))) == "found abc")
        #expect(
            text(resolver.resolve(.file("\(folder)/none"))).contains("No such file or directory"))
        #expect(text(resolver.resolve(.file(folder))).hasSuffix("is no regular file"))
        #expect(
            text(SecretResolver(variables: [:]).resolve(.credential("key")))
                .hasPrefix("missing: $CREDENTIALS_DIRECTORY is not set"))
    }

    @Test func unresolvedSecretsAreReportedAtTheirPlace() throws {
        let configuration = try #require(Sample.parse(Sample.text()).configuration)
        let error = #expect(throws: SecretFailures.self) {
            _ = try configuration.resolveSecrets(with: SecretResolver(variables: [:]))
        }
        #expect(
            error?.errors.map(\.description) == [
                "c.yaml:8:14: providers.openai.api_key: "
                    + "the environment variable `OPENAI_API_KEY` is not set"
            ])
    }

    @Test(arguments: ["gpt-5-mini", "127.0.0.1:8080", "/var/lib/dd0c-route", "app1", "a b"])
    func ordinaryTextIsHarmless(text: String) { #expect(SecretShape.isHarmless(text)) }

    @Test(arguments: [
        "sk-abcdefgh1234", "Bearer abcdefghij", "aB3dE6gH9jK2mN5pQ8sT1vW4", "x\ny",
        "path/ghp_abcdefghijkl", String(repeating: "a", count: 81),
    ])
    func whatMayBeASecretIsNot(text: String) { #expect(!SecretShape.isHarmless(text)) }
}
