import Foundation
import Glibc
import Testing

extension SystemTests {
    @Suite("No error path returns any byte of a credential")
    struct LeakTests {
        private struct Case {
            var name: String
            var endpoint: Request.Endpoint
            var status: Int
            var request: Request
            /// What the answer says where the provider had said a key.
            var isRedacted = false
        }

        /// Credentials wherever a client can put one.
        private static func bait(_ request: Request) -> Request {
            var request = request
            let key = Gateway.clientKey
            request.extraHeaders += [
                ("Cookie", "session=\(key)"), ("X-Goog-Api-Key", key), ("Api-Key", key),
                ("X-Note", "Bearer \(key) and \(Gateway.providerKey)"),
            ]
            return request
        }

        private static func cases() -> [Case] {
            var cases: [Case] = []
            for endpoint in [Request.Endpoint.chat, .responses, .messages] {
                let isAnthropic = endpoint == .messages
                func add(
                    _ name: String, _ status: Int, redacts: Bool = false, mock: String = "",
                    _ change: (inout Request) -> Void = { _ in }
                ) {
                    var request = Request(
                        endpoint: endpoint, model: isAnthropic ? "claude-x" : "mock", mock: mock)
                    change(&request)
                    cases.append(
                        Case(
                            name: "\(name), \(endpoint)", endpoint: endpoint, status: status,
                            request: bait(request), isRedacted: redacts))
                }
                add("wrong key", 401) { $0.key = Gateway.clientKey.reversed() + "x" }
                add("the provider's key as the client's", 401) { $0.key = Gateway.providerKey }
                add("unknown model, which is a key", 404) { $0.model = Gateway.clientKey }
                add("body too large", 413) {
                    $0.body =
                        "{\"model\":\"\(String(repeating: Gateway.clientKey, count: 2_000))\"}"
                }
                add("head too large", 431) {
                    $0.extraHeaders = [
                        ("X-Large", String(repeating: Gateway.clientKey, count: 300))
                    ]
                }
                add("body is no JSON", 400) { $0.body = "\(Gateway.clientKey)" }
                add("a header without a colon", 400) {
                    $0.extraHeaders = [("X-Bad \(Gateway.clientKey)", "1")]
                }
                add("unreachable provider", 502) { $0.model = isAnthropic ? "dead-a" : "dead" }
                add("TLS failure", 502) { $0.model = isAnthropic ? "untrusted-a" : "untrusted" }
                add("malformed answer", 502, mock: "fault=bad_head")
                add("silent provider", 504, mock: "fault=stall_before_head")
                add("error that echoes the key", 401, redacts: true, mock: "fault=echo_key")
                add(
                    "error that echoes the key in pieces", 401, redacts: true,
                    mock: "fault=echo_key,split")
                add(
                    "error event that echoes the key", 200, redacts: true,
                    mock: "fault=echo_key,error_event")
                add("redirect with the key", 307, mock: "fault=redirect")
                add("stream that breaks off", 200, mock: "fault=reset")
            }
            return cases
        }

        @Test("The table of error paths, for both families")
        func table() throws {
            let mock = try Mock()
            let secure = try SecureMock()
            defer { try? FileManager.default.removeItem(atPath: secure.folder) }
            let closed = try Loopback.listen()
            close(closed.descriptor)
            var settings = Gateway.Settings()
            settings.limits = [
                "body_bytes": "64KiB", "header_bytes": "8KiB", "response_timeout": "2s",
            ]
            settings.models = ["dead", "untrusted"].map { name in
                """
                  - { match: "\(name)", provider: \(name) }
                  - { match: "\(name)-a", provider: \(name)-a }
                """
            }.joined(separator: "\n")
            let gateway = try Gateway(mock: mock, settings) { folder in
                let urls = [
                    ("dead", "http://127.0.0.1:\(closed.port)"),
                    ("untrusted", "https://localhost:\(secure.mock.port)"),
                ]
                return urls.flatMap { name, url in
                    [("\(name)", "openai", url + "/v1"), ("\(name)-a", "anthropic", url)]
                }.map { name, family, url in
                    """
                      \(name):
                        family: \(family)
                        base_url: \(url)
                        api_key: { file: \(folder)/key }
                    """
                }.joined(separator: "\n")
            }
            let secrets = Secrets()
            for fault in Self.cases() {
                let connection = try Connection(port: gateway.httpPort)
                try connection.send(fault.request.bytes)
                var bytes: [UInt8] = []
                var reader = AnswerReader(keepsBody: true)
                while !reader.isComplete, !reader.isBroken, let more = try connection.receive() {
                    bytes += more
                    reader.read(more)
                }
                #expect(reader.status == fault.status, "\(fault.name): \(reader.text)")
                // As it came over the wire, and without the framing, which could hide it.
                #expect(!secrets.isIn(bytes), "\(fault.name)")
                #expect(!secrets.isIn(reader.body), "\(fault.name)")
                #expect(reader.text.contains("[REDACTED:") == fault.isRedacted, "\(fault.name)")
            }
            _ = try gateway.settledUsage(1)
            Secrets.expectNone(in: gateway)
            for path in ["/usage", "/usage?totals=1", "/status"] {
                let answer = try Connection.ask(Request.get(path), port: gateway.adminPort)
                #expect(answer.status == 200)
                #expect(!secrets.isIn(answer.body), "\(path)")
            }
            #expect(try mock.totals("wait_until_idle=1").in_flight == 0)
        }
    }
}
