import Testing

extension SystemTests {
    @Suite("Every fault of a provider ends in a defined outcome, and in one record")
    struct FaultTests {
        /// What the client gets.
        enum View {
            /// The provider's bytes.
            case same
            /// The provider's status and body.
            case relayedError(Int)
            /// An error of the gateway in the family's own form.
            case gatewayError(Int)
            /// 200, then the family's error event, and a proper end without `[DONE]`.
            case errorEvent
            /// The connection's end in the middle of a body whose length was announced.
            case brokenOff
            /// The provider's status and body, but for the credential that it repeats; and no header does.
            case echo(Int)
        }

        struct Case {
            var fault: String
            var endpoint = Request.Endpoint.chat
            var streams = true
            var view = View.same
            var outcome = "completed"
        }

        static let completed = [
            "fault=usage_early", "fault=crlf", "fault=lone_cr", "fault=comments", "fault=pings",
            "fault=split&n=5", "fault=utf8_split", "fault=choices_empty",
            "fault=content_length_stream", "fault=close_delimited", "delay_us=300000",
            "first_us=300000",
        ]

        static var cases: [Case] {
            var cases: [Case] = []
            for endpoint in [Request.Endpoint.chat, .messages, .responses] {
                for fault in completed {
                    cases.append(Case(fault: fault, endpoint: endpoint))
                }
                for (fault, outcome) in [
                    ("fault=stall_after_head", "provider_timeout"),
                    ("fault=stall_mid", "provider_timeout"),
                    ("fault=reset", "provider_failed"), ("fault=eof", "provider_failed"),
                    ("fault=bad_chunk", "provider_failed"),
                ] {
                    cases.append(
                        Case(fault: fault, endpoint: endpoint, view: .errorEvent, outcome: outcome))
                }
                for status in [400, 401, 404, 429, 500, 503, 529] {
                    cases.append(
                        Case(
                            fault: "fault=status&status=\(status)", endpoint: endpoint,
                            view: .relayedError(status), outcome: "provider_error"))
                }
                cases += [
                    // A chat answer whose usage came is whole; several providers leave `[DONE]` out.
                    Case(
                        fault: "fault=no_done", endpoint: endpoint,
                        outcome: endpoint == .chat ? "completed" : "provider_failed"),
                    Case(fault: "fault=error_event", endpoint: endpoint, outcome: "provider_error"),
                    Case(
                        fault: "fault=stall_before_head", endpoint: endpoint,
                        view: .gatewayError(504), outcome: "provider_timeout"),
                    Case(
                        fault: "fault=bad_head", endpoint: endpoint, view: .gatewayError(502),
                        outcome: "provider_failed"),
                    Case(
                        fault: "fault=reset&at=0", endpoint: endpoint, view: .gatewayError(502),
                        outcome: "provider_failed"),
                    Case(
                        fault: "fault=eof&at=20", endpoint: endpoint, view: .gatewayError(502),
                        outcome: "provider_failed"),
                    Case(fault: "fault=hold_open", endpoint: endpoint),
                    Case(
                        fault: "fault=redirect", endpoint: endpoint, view: .echo(307),
                        outcome: "provider_error"),
                    Case(
                        fault: "fault=echo_key", endpoint: endpoint, view: .echo(401),
                        outcome: "provider_error"),
                    Case(
                        fault: "fault=echo_key,error_event", endpoint: endpoint, view: .echo(200),
                        outcome: "provider_error"),
                    Case(
                        fault: "fault=echo_key,split", endpoint: endpoint, view: .echo(401),
                        outcome: "provider_error"),
                    Case(
                        fault: "fault=eof", endpoint: endpoint, streams: false, view: .brokenOff,
                        outcome: "provider_failed"),
                    Case(
                        fault: "fault=stall_mid", endpoint: endpoint, streams: false,
                        view: .brokenOff, outcome: "provider_timeout"),
                ]
            }
            return cases
        }

        @Test("The table of faults")
        func table() throws {
            let mock = try Mock()
            var settings = Gateway.Settings()
            settings.limits = ["response_timeout": "3s", "stream_idle_timeout": "3s"]
            let gateway = try Gateway(mock: mock, settings)
            let client = LoadClient()
            // All at once: a fault in one stream must not touch another.
            let cases = Self.cases
            let streams = client.open(cases.count, port: gateway.httpPort, keepsBody: true) {
                Self.request(cases[$0], $0)
            }
            for (index, stream) in streams.enumerated() {
                let state = try stream.waitForEnd(seconds: 30)
                let direct = Self.request(cases[index], index)
                try check(cases[index], state, direct, mock)
            }
            let rows = try gateway.settledUsage(cases.count)
            let byModel = Dictionary(grouping: rows) { $0.model ?? "" }
            for (index, fault) in cases.enumerated() {
                let rows = byModel[Self.model(fault, index)] ?? []
                #expect(rows.count == 1, "\(fault)")
                #expect(rows.first?.outcome == fault.outcome, "\(fault)")
            }
            #expect(rows.count == cases.count)
            #expect(Set(rows.map(\.id)).count == rows.count)
            #expect(try mock.totals("wait_until_idle=1").in_flight == 0)
            Secrets.expectNone(in: gateway)
        }

        private static func model(_ fault: Case, _ index: Int) -> String {
            (fault.endpoint == .messages ? "claude-" : "mock-") + String(index)
        }

        private static func request(_ fault: Case, _ index: Int) -> Request {
            var request = Request(endpoint: fault.endpoint)
            request.model = model(fault, index)
            request.mock = fault.fault + "&seed=\(index)"
            request.streams = fault.streams
            request.includesUsage = fault.endpoint == .chat && fault.streams
            return request
        }

        private func check(
            _ fault: Case, _ state: OpenStream.State, _ direct: Request, _ mock: Mock
        ) throws {
            let reader = state.reader
            let what = "\(fault), \(state)"
            switch fault.view {
            case .same:
                #expect(state.ending == .complete, "\(what)")
                #expect(reader.status == 200, "\(what)")
                if fault.fault.contains("hold_open") {
                    #expect(Self.hasDone(reader) == (fault.endpoint == .chat), "\(what)")
                } else {
                    let same = try Connection.ask(direct.bytes, port: mock.port).body == reader.body
                    #expect(same, "\(what)")
                }
            case .relayedError(let status):
                #expect(state.ending == .complete, "\(what)")
                #expect(reader.status == status, "\(what)")
                #expect(reader.header("retry-after") == "1", "\(what)")
                let same = try Connection.ask(direct.bytes, port: mock.port).body == reader.body
                #expect(same, "\(what)")
            case .gatewayError(let status):
                #expect(state.ending == .complete, "\(what)")
                #expect(reader.status == status, "\(what)")
                FamilyError.expect(reader.body, fault.endpoint, "\(what)")
            case .errorEvent:
                #expect(state.ending == .complete, "\(what)")
                #expect(reader.status == 200, "\(what)")
                #expect(!Self.hasDone(reader), "\(what)")
                let last = reader.events.last
                if fault.endpoint != .chat { #expect(last.first == "event: error", "\(what)") }
                #expect(last.last?.contains("\"error\"") == true, "\(what)")
            case .brokenOff:
                #expect(state.ending == .endOfFile || state.ending == .reset, "\(what)")
                #expect(!reader.isComplete, "\(what)")
            case .echo(let status):
                #expect(state.ending == .complete, "\(what)")
                #expect(reader.status == status, "\(what)")
                let headers = reader.headers.map { "\($0.name): \($0.value)" }.joined()
                #expect(!Secrets().isIn(Array(headers.utf8) + reader.body), "\(what)")
                var direct = direct
                direct.key = Gateway.providerKey
                let said = try Connection.ask(direct.bytes, port: mock.port).text
                let shown = reader.text.replacing(#/\[REDACTED:[a-z0-9-]+\]/#, with: "KEY")
                #expect(shown == said.replacing(Gateway.providerKey, with: "KEY"), "\(what)")
            }
        }

        private static func hasDone(_ reader: AnswerReader) -> Bool {
            reader.events.last == ["data: [DONE]"]
        }

        @Test("An event of 5 MB passes like any other")
        func bigEvent() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            for endpoint in [Request.Endpoint.chat, .messages, .responses] {
                var request = Request(endpoint: endpoint, mock: "fault=big_event&n=3")
                request.model = endpoint == .messages ? "claude-x" : "mock"
                request.streams = endpoint != .responses
                request.includesUsage = endpoint == .chat
                let relayed = try Connection.ask(request.bytes, port: gateway.httpPort)
                let same = try Connection.ask(request.bytes, port: mock.port).body == relayed.body
                #expect(same && relayed.body.count > 5_000_000, "\(endpoint)")
            }
            let rows = try gateway.settledUsage(3)
            #expect(rows.count == 3)
            #expect(rows.allSatisfy { $0.outcome == "completed" })
            #expect(rows.allSatisfy { $0.completion_tokens?.billed == 3 })
        }

        @Test("Usage is what the provider said, wherever in the stream it said it")
        func usageIsReported() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let faults = ["", "fault=usage_early&", "fault=split&", "fault=lone_cr,comments&"]
            var expected: [String: (Int, Int, Int)] = [:]
            for endpoint in Request.Endpoint.allCases {
                for (number, fault) in faults.enumerated() {
                    for streams in [true, false] {
                        var request = Request(endpoint: endpoint)
                        request.model =
                            (endpoint == .messages ? "claude-" : "mock-")
                            + "\(endpoint)-\(number)-\(streams)"
                        request.mock = fault + "n=7&prompt=31&cached=5&seed=\(number)"
                        request.streams = streams
                        let answer = try Connection.ask(request.bytes, port: gateway.httpPort)
                        #expect(answer.isComplete || answer.endsWithConnection)
                        // Anthropic's prompt count is without the cached tokens.
                        let prompt = endpoint == .messages ? 26 : 31
                        let completion = endpoint == .embeddings ? 0 : 7
                        expected[request.model] = (prompt, completion, 5)
                    }
                }
            }
            let rows = try gateway.settledUsage(expected.count)
            #expect(rows.count == expected.count)
            for row in rows {
                let (prompt, completion, cached) = try #require(expected[row.model ?? ""])
                let what = "\(row)"
                #expect(row.outcome == "completed", "\(what)")
                #expect(row.prompt_tokens?.reported == prompt, "\(what)")
                #expect(row.prompt_tokens?.billed == prompt, "\(what)")
                #expect((row.completion_tokens?.reported ?? 0) == completion, "\(what)")
                #expect(row.completion_tokens?.billed == completion, "\(what)")
                if row.endpoint?.contains("embeddings") != true, row.endpoint != "completions" {
                    #expect(
                        (row.cached_tokens ?? 0) == cached
                            || row.model?.contains("completions-") == true, "\(what)")
                }
            }
        }
    }
}
