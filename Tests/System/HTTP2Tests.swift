import Foundation
import Glibc
import Testing

extension SystemTests {
    @Suite("Clients speak HTTP/2: streams share a connection, and each has its own bill")
    struct HTTP2Tests {
        private func gateway(
            _ mock: Mock, _ change: (inout Gateway.Settings) -> Void = { _ in }
        ) throws -> Gateway {
            var settings = Gateway.Settings()
            settings.usesTLS = true
            settings.workers = 1
            // Its tokenizer is public: counts are exact.
            settings.models = "  - { match: \"gpt-*\", provider: openai }"
            change(&settings)
            return try Gateway(mock: mock, settings)
        }

        @Test("The OpenAI SDK streams over HTTP/2, twenty requests at a time")
        func kit() throws {
            let mock = try Mock()
            let gateway = try gateway(mock) { $0.workers = 2 }
            let output = try Python.run(
                "http2_sdk.py",
                [gateway.folder + "/cert.pem", "\(gateway.httpsPort)", Gateway.clientKey])
            #expect(output == "HTTP/2 20 1 True 7 404\n")
            let rows = try gateway.settledUsage(22)
            #expect(rows.filter { $0.outcome == "completed" }.count == 21)
            #expect(rows.filter { $0.completion_tokens?.billed == 40 }.count == 20)
            Secrets.expectNone(in: gateway)
        }

        @Test("Bodies are the same bytes as over HTTP/1.1, on every endpoint")
        func fidelity() throws {
            let mock = try Mock()
            let gateway = try gateway(mock)
            let connection = try HTTP2Connection(gateway)
            var count = 0
            for endpoint in Request.Endpoint.allCases {
                for directives in [
                    "seed=1&n=40", "seed=2&n=20&tools=1", "seed=5&fault=split&n=5",
                    "seed=7&fault=crlf,comments", "seed=9&size=3000&n=200",
                    "fault=status&status=429", "fault=error_event",
                ] {
                    for streams in [true, false] {
                        var request = Request(endpoint: endpoint)
                        request.model = endpoint == .messages ? "claude-mock" : "mock"
                        request.mock = directives
                        request.streams = streams
                        let first = try Connection.ask(request.bytes, port: gateway.httpPort)
                        let second = try #require(
                            try connection.answer(connection.begin(request)))
                        let what = "\(endpoint) \(directives) \(streams)"
                        #expect(second.isEnded, "\(what)")
                        #expect(second.status == first.status, "\(what)")
                        #expect(second.text == first.text, "\(what)")
                        #expect(
                            second.field("content-type") == first.header("content-type"),
                            "\(what)")
                        #expect(second.fields.allSatisfy { $0.name == $0.name.lowercased() })
                        count += 2
                    }
                }
            }
            let rows = try gateway.settledUsage(count)
            // Each request was made twice, and cost the same.
            let sorted = Dictionary(grouping: rows) {
                "\($0.endpoint ?? "") \($0.outcome ?? "") \($0.completion_tokens?.billed ?? -1)"
            }.mapValues(\.count)
            #expect(sorted.values.allSatisfy { $0 % 2 == 0 }, "\(sorted)")
        }

        @Test("Fifty streams on one connection, one of them reset: each has its own exact bill")
        func fifty() throws {
            let mock = try Mock()
            let gateway = try gateway(mock)
            let connection = try HTTP2Connection(gateway)
            let ids = try (0..<50).map { index in
                let count = index == 20 ? 5000 : 20 + index
                return try connection.begin(
                    Request(model: "gpt-4o-\(index)", mock: "n=\(count)&us=2000&seed=\(index)"))
            }
            try connection.body(ids[20], count: 2000)
            let left = Clock.now
            try connection.session.reset(ids[20])
            try connection.push()
            let end = try #require(
                try mock.log("wait_ended=1").first {
                    $0.event == "ended" && ($0.how == "reset" || $0.how == "eof")
                })
            #expect(Double(end.at_ns - left) / 1e9 < 1)
            for (index, id) in ids.enumerated() where index != 20 {
                let answer = try #require(try connection.answer(id))
                #expect(answer.isEnded && answer.text.hasSuffix("data: [DONE]\n\n"))
            }
            let rows = try gateway.settledUsage(50)
            #expect(rows.count == 50)
            for index in 0..<50 {
                let row = try #require(rows.first { $0.model == "gpt-4o-\(index)" })
                guard index == 20 else {
                    #expect(row.outcome == "completed", "\(row)")
                    #expect(row.completion_tokens?.billed == 20 + index, "\(row)")
                    #expect(
                        row.bytes_acknowledged == connection.session.answers[ids[index]]?.body.count
                    )
                    continue
                }
                #expect(row.outcome == "client_gone")
                let billed = try #require(row.completion_tokens?.billed)
                #expect(billed > 0 && billed < 5000)
                #expect(row.bytes_acknowledged ?? 0 >= 2000)
            }
        }

        @Test("A client that leaves in mid-stream aborts its providers within a second")
        func leaves() throws {
            let mock = try Mock()
            let gateway = try gateway(mock)
            let connection = try HTTP2Connection(gateway)
            let ids = try (0..<5).map { index in
                try connection.begin(Request(model: "gpt-4o-\(index)", mock: "n=4000&us=10000"))
            }
            for id in ids { try connection.body(id, count: 1000) }
            let left = Clock.now
            connection.connection.reset()
            let ends = try mock.log("wait_ended=5").filter { $0.event == "ended" }
            #expect(ends.count == 5)
            for end in ends { #expect(Double(end.at_ns - left) / 1e9 < 1) }
            let rows = try gateway.settledUsage(5)
            #expect(rows.allSatisfy { $0.outcome == "client_gone" })
            #expect(rows.allSatisfy { $0.completion_tokens?.billed ?? 0 > 0 })
        }

        /// The text of all whole events in a body.
        private func text(_ body: [UInt8]) throws -> String {
            struct Chunk: Decodable {
                struct Choice: Decodable {
                    struct Delta: Decodable { var content: String? }
                    var delta: Delta
                }
                var choices: [Choice]
            }
            return try String(decoding: body, as: UTF8.self).components(separatedBy: "\n\n")
                .dropLast().map { event in
                    let chunk = try JSONDecoder().decode(
                        Chunk.self, from: Data(event.dropFirst("data: ".count).utf8))
                    return chunk.choices.first?.delta.content ?? ""
                }.joined()
        }

        /// Nothing has moved for 30 looks, 10 ms apart.
        private func waitForStandstill(_ connection: Connection, _ mock: Mock) throws {
            var last = (events: -1, bytes: -1)
            var looks = 0
            try HangGuard.poll(for: "every buffer to be full") {
                let now = (events: try mock.totals().events, bytes: connection.bytesReceived)
                looks = now == last ? looks + 1 : 0
                last = now
                return looks == 30 ? () : nil
            }
        }

        @Test(
            "A slow reader pays for what its kernel acknowledged, also where its window is the bound",
            arguments: [65_535, 1 << 30], [8_192, 1_048_576] as [Int32])
        func slow(window: Int, receiveBuffer: Int32) throws {
            let mock = try Mock()
            let gateway = try gateway(mock)
            let connection = try HTTP2Connection(
                gateway, receiveBuffer: receiveBuffer, window: window)
            let session = connection.session
            session.opensWindows = false
            try session.open(1 << 30, on: 0)
            let before = try connection.begin(Request(model: "gpt-4o-before", mock: "n=20"))
            #expect(try connection.answer(before)?.isEnded == true)
            let id = try connection.begin(
                Request(model: "gpt-4o-cut", mock: "n=10000&size=200"))
            try connection.wait(for: "5 kB", bite: 1000) {
                $0.answers[id]?.body.count ?? 0 >= 5000
            }
            let read = session.answers[id]?.body ?? []
            try waitForStandstill(connection.connection, mock)
            try session.receive(connection.connection.unread())
            let held = session.answers[id]?.body ?? []
            connection.connection.reset()
            let row = try #require(
                try gateway.settledUsage(2).first { $0.model == "gpt-4o-cut" })
            let counts = try TokenCounts.of([text(read), text(held)]).map { $0["o200k_base"] ?? 0 }
            let billed = try #require(row.completion_tokens?.billed)
            let acknowledged = try #require(row.bytes_acknowledged)
            #expect(row.outcome == "client_gone")
            #expect(row.completion_tokens?.delivered == billed)
            #expect(billed >= counts[0], "\(row)")
            // A frame whose end has not come is in the client's kernel in part.
            let most = held.count + 16_384
            #expect(acknowledged >= read.count && acknowledged <= most)
            if window == 65_535, receiveBuffer > window {
                #expect(billed == counts[1], "\(row)")
                #expect(acknowledged == window)
            } else {
                #expect(acknowledged < row.bytes_flushed ?? 0, "\(row)")
            }
            print(
                "slow HTTP/2 reader, window \(window), receive buffer \(receiveBuffer): read "
                    + "\(counts[0]) tokens, in its kernel \(counts[1]), billed \(billed) for "
                    + "\(acknowledged) of \(held.count) bytes; flushed \(row.bytes_flushed ?? 0)")
        }

        @Test("A reload lets streams finish; new ones go to the new workers")
        func reload() throws {
            let mock = try Mock()
            let gateway = try gateway(mock)
            let connection = try HTTP2Connection(gateway)
            let id = try connection.begin(Request(model: "gpt-4o", mock: "n=300&us=5000"))
            try connection.body(id, count: 500)
            let workers = gateway.workers
            gateway.process.signal(SIGHUP)
            try connection.wait(for: "a farewell") { !$0.goodbyes.isEmpty }
            let answer = try #require(try connection.answer(id))
            #expect(answer.isEnded && answer.text.hasSuffix("data: [DONE]\n\n"))
            try gateway.waitForWorkers(1, without: Set(workers))
            let next = try HTTP2Connection(gateway)
            #expect(try next.answer(next.begin(Request(model: "gpt-4o")))?.isEnded == true)
            let rows = try gateway.settledUsage(2)
            #expect(rows.allSatisfy { $0.outcome == "completed" })
            #expect(rows.contains { $0.completion_tokens?.billed == 300 })
        }
    }
}
