import Testing

extension SystemTests {
    @Suite("A client that leaves ends its provider's stream, and pays for what it got")
    struct DisconnectTests {
        struct Phase {
            var name: String
            var mock: String
            /// Events that the client waits for before it leaves.
            var events: Int
            var waitsForHead = false
        }

        static let phases = [
            Phase(name: "before the head", mock: "fault=stall_before_head", events: 0),
            Phase(
                name: "after the head", mock: "fault=stall_after_head", events: 0,
                waitsForHead: true),
            Phase(
                name: "before the first token", mock: "first_us=50000000", events: 0,
                waitsForHead: true),
            Phase(name: "in mid-stream", mock: "n=4000&us=10000", events: 5),
            Phase(name: "in a pause", mock: "fault=stall_mid&at=4", events: 4),
        ]

        @Test("The provider's connection is aborted within a second, in every phase")
        func everyPhase() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let client = LoadClient()
            var ended = 0
            for endpoint in [Request.Endpoint.chat, .messages, .responses] {
                for (number, phase) in Self.phases.enumerated() {
                    for reset in [false, true] {
                        let prefix = endpoint == .messages ? "claude" : "mock"
                        let model = "\(prefix)-\(endpoint)-\(number)-\(reset)"
                        let stream = client.open(1, port: gateway.httpPort) { _ in
                            Request(endpoint: endpoint, model: model, mock: phase.mock)
                        }[0]
                        _ = try mock.totals("wait_requests=\(ended + 1)")
                        if phase.waitsForHead { try stream.waitForHead() }
                        try stream.waitForEvents(phase.events)
                        let left = Clock.now
                        try stream.leave(reset: reset)
                        ended += 1
                        let log = try mock.log("wait_ended=\(ended)")
                        let end = try #require(log.last { $0.event == "ended" })
                        let what = "\(model), \(phase.name)"
                        #expect(end.how == "eof" || end.how == "reset", "\(what)")
                        #expect(Double(end.at_ns - left) / 1e9 < 1, "\(what)")
                        let row = try #require(
                            try gateway.settledUsage(ended).first { $0.model == model })
                        #expect(row.outcome == "client_gone", "\(what)")
                        check(row, phase, stream, what)
                    }
                }
            }
            #expect(try gateway.usage().count == ended)
            #expect(try mock.totals().in_flight == 0)
        }

        private func check(_ row: UsageRow, _ phase: Phase, _ stream: OpenStream, _ what: String) {
            if phase.events == 0 {
                #expect(row.completion_tokens?.billed ?? 0 == 0, "\(what): \(row)")
                #expect(row.chunks_flushed ?? 0 == 0, "\(what): \(row)")
            } else {
                #expect(row.chunks_flushed ?? 0 >= phase.events, "\(what): \(row)")
                #expect(row.prompt_tokens?.billed ?? 0 > 0, "\(what): \(row)")
            }
            if phase.mock.contains("stall_before_head") {
                #expect(row.prompt_tokens?.billed == 0, "\(what): \(row)")
            }
        }

        @Test(
            "A reset right after the terminal event is a completed stream",
            arguments: [true, false])
        func resetAfterDone(heldOpen: Bool) throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            for index in 0..<10 {
                var request = Request(model: "mock-\(index)")
                request.mock = heldOpen ? "fault=hold_open&n=5" : "n=5"
                let connection = try Connection(port: gateway.httpPort)
                try connection.send(request.bytes)
                var reader = AnswerReader(keepsBody: true)
                // Even before the blank line behind it.
                while !reader.text.contains("data: [DONE]\n"), let bytes = try connection.receive()
                {
                    reader.read(bytes)
                }
                connection.closeWithReset()
            }
            let rows = try gateway.settledUsage(10)
            #expect(rows.count == 10)
            for row in rows {
                #expect(row.outcome == "completed", "\(row)")
                #expect(row.completion_tokens?.billed == 5, "\(row)")
            }
            #expect(try mock.totals("wait_until_idle=1").in_flight == 0)
        }

        @Test(
            "A slow client slows its provider, and leaves it when it goes",
            arguments: [true, false])
        func slowClient(reset: Bool) throws {
            let mock = try Mock()
            var settings = Gateway.Settings()
            settings.workers = 1
            let gateway = try Gateway(mock: mock, settings)
            let worker = try #require(gateway.workers.first)
            let client = LoadClient()
            let before = try ProcessList.privateMemory(of: worker)
            let streams = client.open(5, port: gateway.httpPort, receiveBuffer: 16_384) { _ in
                Request(model: "mock", mock: "n=1500&size=16000")
            }
            for stream in streams {
                try stream.waitForHead()
                try stream.stopReading()
            }
            var last = -1
            try HangGuard.poll(for: "the provider to be slowed") {
                let events = try mock.totals().events
                defer { last = events }
                // Two looks in a row, some 100 ms apart, that see no progress.
                return events == last && events > 0 ? () : nil
            }
            let sent = try mock.totals().events
            // Of 5 × 1,500 events: what fits into the sockets' buffers between here and there.
            #expect(sent < 5 * 750, "\(sent) events")
            let grown = try ProcessList.privateMemory(of: worker) - before
            #expect(grown < 5 * 1_000_000, "\(grown) bytes for 5 slow clients")
            // Others are not slowed.
            #expect(try Connection.ask(Request().bytes, port: gateway.httpPort).isComplete)
            let left = Clock.now
            for stream in streams { try stream.leave(reset: reset) }
            let log = try mock.log("wait_until_idle=1")
            for end in log where end.event == "ended" && end.how != "complete" {
                #expect(Double(end.at_ns - left) / 1e9 < 1)
            }
            let rows = try gateway.settledUsage(6).filter { $0.outcome == "client_gone" }
            #expect(rows.count == 5)
            for row in rows {
                let completion = try #require(row.completion_tokens)
                #expect(
                    completion.billed == completion.corrected(completion.delivered), "\(row)")
                #expect(completion.delivered ?? 0 <= completion.produced ?? 0, "\(row)")
                // It was never read: at most what fits into the client's own buffer was delivered.
                #expect(row.bytes_acknowledged ?? 0 < 300_000, "\(row)")
                #expect(row.bytes_acknowledged ?? 0 <= row.bytes_flushed ?? 0, "\(row)")
            }
        }
    }
}
