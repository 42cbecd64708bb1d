import Foundation
import Testing

extension SystemTests {
    @Suite("Providers are reached over TLS, and only those whose certificate is good")
    struct TLSTests {
        @Test("A certificate of the configured authority is accepted; others are not")
        func certificates() throws {
            let mock = try Mock()
            let secure = try SecureMock()
            defer { try? FileManager.default.removeItem(atPath: secure.folder) }
            var settings = Gateway.Settings()
            settings.models = """
                  - { match: "trusted", provider: trusted }
                  - { match: "untrusted", provider: untrusted }
                  - { match: "misnamed", provider: misnamed }
                """
            let gateway = try Gateway(mock: mock, settings) { folder in
                let authority = "ca_file: \(secure.folder)/cert.pem"
                return [
                    ("trusted", "localhost", authority), ("untrusted", "localhost", ""),
                    ("misnamed", "127.0.0.1", authority),
                ].map { name, host, more in
                    """
                      \(name):
                        family: openai
                        base_url: https://\(host):\(secure.mock.port)/v1
                        api_key: { file: \(folder)/key }
                        \(more)
                    """
                }.joined(separator: "\n")
            }
            for _ in 0..<3 {
                let answer = try Connection.ask(
                    Request(model: "trusted", mock: "n=50").bytes, port: gateway.httpPort)
                #expect(answer.status == 200)
                #expect(answer.isComplete)
                #expect(answer.events.count == 53)
            }
            for model in ["untrusted", "misnamed"] {
                let answer = try Connection.ask(
                    Request(model: model).bytes, port: gateway.httpPort)
                #expect(answer.status == 502, "\(model): \(answer.text)")
                FamilyError.expect(answer.body, .chat, model)
            }
            let rows = try gateway.settledUsage(5)
            #expect(rows.filter { $0.outcome == "completed" }.count == 3)
            #expect(rows.filter { $0.outcome == "provider_failed" }.count == 2)
            Secrets.expectNone(in: gateway)
        }
    }
}
