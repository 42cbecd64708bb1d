import Foundation
import Testing

extension SystemTests {
    @Suite("A slow reader pays for what its kernel acknowledged, not for what was written")
    struct SlowReaderTests {
        struct Case: Sendable, CustomTestStringConvertible {
            var usesTLS: Bool
            /// nil: the system's own.
            var receiveBuffer: Int32?
            /// Answers on the connection before the one that is cut.
            var earlier: Int

            var testDescription: String {
                "\(usesTLS ? "TLS" : "TCP"), receive buffer "
                    + (receiveBuffer.map { "\($0)" } ?? "of the system") + ", \(earlier) before"
            }
        }

        static let cases = [false, true].flatMap { usesTLS in
            [nil, 8_192, 65_536, 1_048_576].map {
                Case(usesTLS: usesTLS, receiveBuffer: $0, earlier: $0 == nil ? 0 : 2)
            } + [Case(usesTLS: usesTLS, receiveBuffer: nil, earlier: 1)]
        }

        private func gateway(_ mock: Mock, usesTLS: Bool) throws -> Gateway {
            var settings = Gateway.Settings()
            settings.workers = 1
            settings.usesTLS = usesTLS
            // Its tokenizer is public: counts are exact.
            settings.models = "  - { match: \"gpt-*\", provider: openai }"
            return try Gateway(mock: mock, settings)
        }

        private func connect(_ gateway: Gateway, _ what: Case) throws -> Connection {
            try Connection(
                port: what.usesTLS ? gateway.httpsPort : gateway.httpPort,
                receiveBuffer: what.receiveBuffer,
                trusting: what.usesTLS
                    ? String(contentsOfFile: gateway.folder + "/cert.pem", encoding: .utf8) : nil)
        }

        /// The text of all whole events in a body.
        private func text(_ body: [UInt8]) throws -> (text: String, events: Int) {
            struct Chunk: Decodable {
                struct Choice: Decodable {
                    struct Delta: Decodable { var content: String? }
                    var delta: Delta
                }
                var choices: [Choice]
            }
            // What stands behind the last blank line is no whole event.
            let events = String(decoding: body, as: UTF8.self)
                .components(separatedBy: "\n\n").dropLast()
            let text = try events.map { event in
                let chunk = try JSONDecoder().decode(
                    Chunk.self, from: Data(event.dropFirst("data: ".count).utf8))
                return chunk.choices.first?.delta.content ?? ""
            }
            return (text.joined(), events.count)
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

        @Test("It reads 5 kB of a fast stream of 4 MB and resets", arguments: cases)
        func cut(what: Case) throws {
            let mock = try Mock()
            let gateway = try gateway(mock, usesTLS: what.usesTLS)
            let connection = try connect(gateway, what)
            for _ in 0..<what.earlier {
                try connection.send(Request(model: "gpt-4o-before", mock: "n=20").bytes)
                #expect(try connection.answer().isComplete)
            }
            try connection.send(Request(model: "gpt-4o-cut", mock: "n=10000&size=200").bytes)
            var read = AnswerReader(keepsBody: true)
            while read.wireBytes < 5_000, let bytes = try connection.receive(1_000) {
                read.read(bytes)
            }
            try waitForStandstill(connection, mock)
            let received = connection.bytesReceived
            var held = read
            held.read(try connection.unread())
            connection.reset()
            let row = try #require(
                try gateway.settledUsage(what.earlier + 1).first { $0.model == "gpt-4o-cut" })

            let (least, most) = (try text(read.body), try text(held.body))
            let counts = try TokenCounts.of([least.text, most.text]).map { $0["o200k_base"] ?? 0 }
            let completion = try #require(row.completion_tokens)
            let billed = try #require(completion.billed)
            let acknowledged = try #require(row.bytes_acknowledged)
            #expect(row.outcome == "client_gone")
            #expect(completion.source == "counted")
            #expect(completion.delivered == billed)
            #expect(billed >= counts[0], "\(row)")
            #expect(billed <= counts[1], "\(row)")
            #expect(acknowledged <= received)
            #expect(acknowledged <= held.wireBytes)
            #expect(acknowledged >= read.wireBytes)
            print(
                "slow reader, \(what.testDescription): read \(least.events) events = \(counts[0]) "
                    + "tokens, in its kernel \(most.events) = \(counts[1]), billed \(billed) for "
                    + "\(acknowledged) of \(held.wireBytes) bytes; by flushes it would be "
                    + "\(row.chunks_flushed ?? 0) events, \(row.bytes_flushed ?? 0) bytes")
        }

        @Test("It reads all of it in small bites: everything is billed", arguments: [false, true])
        func whole(usesTLS: Bool) throws {
            let mock = try Mock()
            let gateway = try gateway(mock, usesTLS: usesTLS)
            let connection = try connect(
                gateway, Case(usesTLS: usesTLS, receiveBuffer: 16_384, earlier: 0))
            try connection.send(
                Request(model: "gpt-4o-whole", mock: "n=10000&size=200").bytes)
            var answer = AnswerReader(keepsBody: true)
            while !answer.isComplete, let bytes = try connection.receive(2_000) {
                answer.read(bytes)
            }
            #expect(answer.isComplete)
            let row = try #require(try gateway.settledUsage(1).first)
            let completion = try #require(row.completion_tokens)
            #expect(row.outcome == "completed")
            #expect(completion.reported == 10_000)
            #expect(completion.billed == completion.reported)
            #expect(completion.delivered == completion.produced)
            #expect(row.bytes_flushed == answer.wireBytes)
        }
    }
}
