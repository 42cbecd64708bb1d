import Testing

extension SystemTests {
    @Suite("What a client receives through the gateway is what the provider sent")
    struct FidelityTests {
        /// One kind of answer, asked for at the gateway and at the mock.
        private struct Variant {
            var endpoint: Request.Endpoint
            var mock: String
            var streams = true
            var includesUsage = false
        }

        private static var variants: [Variant] {
            let directives = [
                "seed=1&n=40", "seed=2&n=20&tools=1", "seed=3&choices=3&cached=4",
                "seed=4&reasoning=1&thinking=1&obfuscation=1", "seed=5&fault=split&n=5",
                "seed=6&fault=utf8_split&n=30", "seed=7&fault=crlf,comments",
                "seed=8&fault=lone_cr,pings", "seed=9&size=3000&n=200",
            ]
            return Request.Endpoint.allCases.flatMap { endpoint in
                directives.flatMap { mock in
                    [
                        Variant(endpoint: endpoint, mock: mock),
                        Variant(endpoint: endpoint, mock: mock, includesUsage: true),
                        Variant(endpoint: endpoint, mock: mock, streams: false),
                    ]
                }
            }
        }

        @Test("Raw HTTP: status, type and body are the same bytes on every endpoint")
        func bytesAreEqual() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            for variant in Self.variants {
                var request = Request(endpoint: variant.endpoint)
                request.model = variant.endpoint == .messages ? "claude-mock" : "mock"
                request.mock = variant.mock
                request.streams = variant.streams
                request.includesUsage = variant.includesUsage
                let hides =
                    variant.streams && !variant.includesUsage
                    && (variant.endpoint == .chat || variant.endpoint == .completions)
                let what = "\(variant)"
                let relayed = try Connection.ask(
                    request.bytes, port: gateway.httpPort, for: what)
                // The gateway asks for the usage chunk whether or not the client did.
                if hides { request.includesUsage = true }
                let direct = try Connection.ask(
                    request.bytes, port: mock.port, for: "\(what) of the mock")
                #expect(relayed.isComplete, "\(what)")
                #expect(relayed.status == direct.status, "\(what)")
                #expect(relayed.header("content-type") == direct.header("content-type"), "\(what)")
                let expected = hides ? Self.withoutUsageChunk(direct.text) : direct.text
                #expect(relayed.text == expected, "\(what)")
            }
            let rows = try gateway.settledUsage(Self.variants.count)
            #expect(rows.count == Self.variants.count)
            #expect(rows.allSatisfy { $0.outcome == "completed" })
        }

        /// The text of a stream without the event that only `include_usage` adds.
        private static func withoutUsageChunk(_ text: String) -> String {
            for end in ["\r\n\r\n", "\n\n", "\r\r"] {
                let events = text.components(endingIn: end)
                if events.count < 3 { continue }
                return events.filter { !$0.contains("\"choices\":[],\"usage\":{") }.joined()
            }
            return text
        }

        @Test("The OpenAI SDK receives the same objects, and raises the same errors")
        func openAIKit() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let direct = try Python.run(
                "openai_sdk.py",
                ["http://127.0.0.1:\(mock.port)/v1", Gateway.providerKey, "mock"])
            let relayed = try Python.run(
                "openai_sdk.py",
                ["http://127.0.0.1:\(gateway.httpPort)/v1", Gateway.clientKey, "mock"])
            Self.compare(direct, relayed)
        }

        @Test("The Anthropic SDK receives the same objects, and raises the same errors")
        func anthropicKit() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let direct = try Python.run(
                "anthropic_sdk.py",
                ["http://127.0.0.1:\(mock.port)", Gateway.providerKey, "claude-mock"])
            let relayed = try Python.run(
                "anthropic_sdk.py",
                ["http://127.0.0.1:\(gateway.httpPort)", Gateway.clientKey, "claude-mock"])
            Self.compare(direct, relayed)
        }

        private static func compare(_ direct: String, _ relayed: String) {
            let expected = direct.split(separator: "\n")
            let received = relayed.split(separator: "\n")
            #expect(expected.count > 40)
            #expect(received.count == expected.count)
            for (expected, received) in zip(expected, received) { #expect(received == expected) }
        }

        @Test("Headers: nothing hop-by-hop passes, streams are not buffered, keys are exchanged")
        func headers() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            var request = Request()
            request.extraHeaders = [
                ("Connection", "x-nominated"), ("X-Nominated", "1"), ("X-Kept", "2"),
                ("TE", "trailers"), ("Accept-Encoding", "gzip, br"),
                ("Proxy-Authorization", "Basic \(Gateway.clientKey)"),
            ]
            let answer = try Connection.ask(request.bytes, port: gateway.httpPort)
            #expect(answer.status == 200)
            #expect(answer.header("x-accel-buffering") == "no")
            #expect(answer.header("cache-control") == "no-cache")
            #expect(answer.header("keep-alive") == nil)
            #expect(answer.header("x-request-id") == "req_mock")
            let seen = try #require(try mock.log("wait_ended=1").first { $0.event == "request" })
            let headers = try #require(seen.headers)
            #expect(headers["x-nominated"] == nil)
            #expect(headers["te"] == nil)
            #expect(headers["x-kept"] == "2")
            #expect(headers["accept-encoding"] == "identity")
            #expect(seen.include_usage == true)
            #expect(seen.credential == "bearer")
            #expect(seen.credential_sha256 == Gateway.sha256(Gateway.providerKey))
            #expect(!"\(headers)".contains(Gateway.clientKey))
        }

        @Test("Each event is forwarded the moment it arrives")
        func eventsAreNotHeldBack() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let client = LoadClient()
            // After 3 events the provider says nothing more: what it said must be here all the same.
            let streams = client.open(4, port: gateway.httpPort) { index in
                var request = Request(model: "mock-\(index)", mock: "fault=stall_mid&at=3")
                if index % 2 == 1 { request.endpoint = .responses }
                return request
            }
            for stream in streams {
                let state = try stream.waitForEvents(3)
                #expect(state.ending == nil)
                #expect(state.reader.events.count == 3)
                try stream.leave()
            }
            #expect(try mock.totals("wait_until_idle=1").in_flight == 0)
        }
    }
}

extension String {
    /// The parts, each with the ending that it has.
    fileprivate func components(endingIn end: String) -> [String] {
        var parts: [String] = []
        var rest = Array(utf8)[...]
        let end = Array(end.utf8)
        var part: [UInt8] = []
        while let byte = rest.popFirst() {
            part.append(byte)
            if part.suffix(end.count).elementsEqual(end) {
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
            }
        }
        if !part.isEmpty { parts.append(String(decoding: part, as: UTF8.self)) }
        return parts
    }
}
