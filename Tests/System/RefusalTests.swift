import Glibc
import Testing

extension SystemTests {
    @Suite(
        "What the gateway refuses, it refuses in the family's own words and without any credential")
    struct RefusalTests {
        private static let wrongKey = "sk-wrong-key-5555555555555555555555"

        private struct Case {
            var name: String
            var bytes: [UInt8]
            var status: Int
            var endpoint = Request.Endpoint.chat
            /// Whether it is a known client's request, and so has a record.
            var outcome: String?
        }

        private static func cases() -> [Case] {
            var cases: [Case] = []
            for endpoint in [Request.Endpoint.chat, .messages, .responses, .embeddings] {
                let model = endpoint == .messages ? "claude-x" : "mock"
                func add(
                    _ name: String, _ status: Int, outcome: String? = nil,
                    _ change: (inout Request) -> Void
                ) {
                    var request = Request(endpoint: endpoint, model: model)
                    change(&request)
                    cases.append(
                        Case(
                            name: "\(name), \(endpoint)", bytes: request.bytes, status: status,
                            endpoint: endpoint, outcome: outcome))
                }
                add("wrong key", 401) { $0.key = wrongKey }
                add("no key", 401) { $0.key = nil }
                add("empty key", 401) { $0.key = "" }
                add("the provider's key", 401) { $0.key = Gateway.providerKey }
                add("unknown model", 404, outcome: "rejected") { $0.model = "nobody-knows" }
                add("unreachable provider", 502, outcome: "provider_failed") {
                    $0.model = endpoint == .messages ? "dead-claude" : "dead-mock"
                }
                add("body too large", 413) {
                    $0.body =
                        "{\"model\":\"mock\",\"x\":\"\(String(repeating: "y", count: 70_000))\"}"
                }
                add("header too large", 431) {
                    $0.extraHeaders = [("X-Large", String(repeating: "z", count: 10_000))]
                }
                add("body is no JSON", 400) { $0.body = "{\"model\":\"mock\",\(Gateway.clientKey)" }
                add("empty body", 400) { $0.body = "" }
                add("no model", 400) { $0.body = "{\"stream\":true}" }
                add("a name with a space", 400) { $0.extraHeaders = [("X Bad", "1")] }
                add("two lengths", 400) { $0.extraHeaders = [("Content-Length", "3")] }
                add("length and chunks", 400) {
                    $0.extraHeaders = [("Transfer-Encoding", "chunked")]
                }
            }
            return cases
        }

        @Test("The table of refusals")
        func table() throws {
            let mock = try Mock()
            let closed = try Loopback.listen()
            close(closed.descriptor)
            var settings = Gateway.Settings()
            settings.limits = ["body_bytes": "64KiB", "header_bytes": "8KiB"]
            settings.models = """
                  - { match: "dead-claude", provider: dead-anthropic }
                  - { match: "dead-mock", provider: dead }
                """
            let gateway = try Gateway(mock: mock, settings) { folder in
                let key = "{ file: \(folder)/key }"
                return """
                      dead:
                        family: openai
                        base_url: http://127.0.0.1:\(closed.port)/v1
                        api_key: \(key)
                      dead-anthropic:
                        family: anthropic
                        base_url: http://127.0.0.1:\(closed.port)
                        api_key: \(key)
                    """
            }
            let cases = Self.cases()
            for refusal in cases {
                let answer = try Connection.ask(refusal.bytes, port: gateway.httpPort)
                #expect(answer.status == refusal.status, "\(refusal.name): \(answer.text)")
                FamilyError.expect(answer.body, refusal.endpoint, refusal.name)
                let head = answer.headers.map { "\($0.name): \($0.value)\n" }.joined()
                for secret in Secrets.all + [Self.wrongKey] {
                    #expect(!(head + answer.text).contains(secret), "\(refusal.name)")
                }
            }
            // It still works, and what has a record has the right one.
            #expect(try Connection.ask(Request().bytes, port: gateway.httpPort).status == 200)
            let rows = try gateway.settledUsage(1 + cases.filter { $0.outcome != nil }.count)
            for model in ["nobody-knows", "dead-claude", "dead-mock"] {
                let expected = cases.first {
                    $0.outcome == (model == "nobody-knows" ? "rejected" : "provider_failed")
                }
                let found = rows.filter { $0.model == model }
                #expect(!found.isEmpty)
                #expect(found.allSatisfy { $0.outcome == expected?.outcome }, "\(model)")
                #expect(found.allSatisfy { $0.completion_tokens?.billed ?? 0 == 0 }, "\(model)")
            }
            #expect(try mock.totals().requests == 1)
            Secrets.expectNone(in: gateway)
            #expect(!gateway.log.contains(Self.wrongKey))
        }

        @Test("passthrough forwards the client's own key, and only that")
        func passthrough() throws {
            let mock = try Mock()
            var settings = Gateway.Settings()
            settings.models = "  - { match: \"own-*\", provider: own }"
            let gateway = try Gateway(mock: mock, settings) { _ in
                """
                  own:
                    family: openai
                    base_url: http://127.0.0.1:\(mock.port)/v1
                    passthrough: true
                """
            }
            var request = Request(model: "own-model")
            request.key = "sk-the-clients-own-key-777777777777777777"
            #expect(try Connection.ask(request.bytes, port: gateway.httpPort).status == 200)
            let seen = try #require(try mock.log().first { $0.event == "request" })
            #expect(seen.credential_sha256 == Gateway.sha256(request.key ?? ""))
            let rows = try gateway.settledUsage(1)
            #expect(rows.first?.outcome == "completed")
            #expect(rows.first?.key?.contains("sk-") != true)
            #expect(!gateway.log.contains(request.key ?? ""))
        }
    }
}
