import Configuration
import Foundation
import Secrets
import TestTLS
import Testing

@testable import Command

@Suite("A certificate and a key that do not go together are refused before anything runs")
struct CertificateCheckTests {
    private func problem(certificate: String, key: String?) throws -> String? {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/cert.pem"
        try Data(certificate.utf8).write(to: URL(fileURLWithPath: path))
        let text = """
            listen_tls: ["127.0.0.1:0"]
            tls:
              certificate: \(path)
              private_key: { env: WEB_KEY }
            providers:
              a: { family: openai, base_url: "https://a/v1", passthrough: true }
            models: [{ match: "*", provider: a }]
            """
        let report = ConfigurationFile.parse(
            text, file: "c", host: HostDefaults(cores: 1, stateDirectory: "/s"))
        #expect(report.errors == [])
        let configuration = try #require(report.configuration)
        return CertificateCheck.problem(
            in: configuration, key.map { [Secret(copying: Array($0.utf8))] })?.description
    }

    @Test func aPairIsGood() throws {
        #expect(
            try problem(certificate: TestIdentity.certificate, key: TestIdentity.key) == nil)
        // What cannot be found from here is not known to be wrong.
        #expect(try problem(certificate: TestIdentity.certificate, key: nil) == nil)
    }

    @Test func anothersKeyIsRefused() throws {
        #expect(
            try problem(certificate: TestIdentity.certificate, key: TestIdentity.otherKey)
                == "c:4:16: tls.private_key: is not the key of the first certificate in "
                + "`tls.certificate`, or of a kind that cannot be used")
    }

    @Test func whatIsNoKeyIsRefused() throws {
        let cut = String(TestIdentity.key.prefix(80)) + "\n-----END PRIVATE KEY-----\n"
        #expect(
            try problem(certificate: TestIdentity.certificate, key: cut)
                == "c:4:16: tls.private_key: refers to what is no private key in PEM")
    }

    @Test(arguments: [nil, TestIdentity.key])
    func whatIsNoCertificateIsRefused(key: String?) throws {
        let cut = String(TestIdentity.certificate.prefix(80)) + "\n-----END CERTIFICATE-----\n"
        #expect(
            try problem(certificate: cut, key: key)
                == "c:3:16: tls.certificate: names a file that is no PEM certificate")
    }

    @Test func tlsListenersNeedIt() throws {
        let running = RunningGateway(stateDirectory: "/s", listen: [], admin: "", hasTLS: true)
        let report = ConfigurationFile.parse(
            """
            providers:
              a: { family: openai, base_url: "https://a/v1", passthrough: true }
            models: [{ match: "*", provider: a }]
            """, file: "c", host: HostDefaults(cores: 1, stateDirectory: "/s"))
        let configuration = try #require(report.configuration)
        let failure = #expect(throws: CommandFailure.self) { try running.check(configuration) }
        #expect(failure?.status == .configuration)
        try RunningGateway(configuration).check(configuration)
    }
}
