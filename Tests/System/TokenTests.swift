import Foundation
import Testing

extension SystemTests {
    @Suite("What is counted is what the provider counts, from the request to the last event")
    struct TokenTests {
        /// How one kind of request is sent, and what a provider counts of it.
        struct Kind: Sendable {
            var endpoint: Request.Endpoint
            /// Goes on with the request's number, so that its record is found again.
            var model: String
            var encoding: String
            /// What is around the text in the prompt, and how many tokens are in no text.
            var frame: (before: String, after: String, tokens: Int)
        }

        static let kinds = [
            Kind(
                endpoint: .chat, model: "gpt-4o-", encoding: "o200k_base", frame: ("", "", 7)),
            Kind(endpoint: .chat, model: "gpt-4-", encoding: "cl100k_base", frame: ("", "", 7)),
            Kind(
                endpoint: .responses, model: "gpt-5-", encoding: "o200k_base", frame: ("", "", 7)),
            Kind(
                endpoint: .completions, model: "davinci-002-", encoding: "cl100k_base",
                frame: ("", "", 0)),
            Kind(
                endpoint: .messages, model: "claude-2.1-", encoding: "claude",
                frame: ("\n\nHuman: ", "\n\nAssistant:", 0)),
        ]

        static func gateway(_ mock: Mock) throws -> Gateway {
            var settings = Gateway.Settings()
            settings.models = """
                  - { match: "gpt-*", provider: openai }
                  - { match: "davinci-*", provider: openai }
                """
            return try Gateway(mock: mock, settings)
        }

        static func request(
            _ kind: Kind, _ number: Int, _ text: String, _ mock: String
        ) throws -> Request {
            let quoted = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
            let content =
                switch kind.endpoint {
                case .completions: "\"prompt\":\(quoted)"
                case .responses: "\"input\":\(quoted)"
                default: "\"messages\":[{\"role\":\"user\",\"content\":\(quoted)}]"
                }
            var request = Request(endpoint: kind.endpoint, model: kind.model + "\(number)")
            request.mock = mock
            request.body =
                "{\"model\":\"\(request.model)\",\"max_tokens\":9,\"stream\":true,\(content)}"
            return request
        }

        @Test(
            "Requests and streams of both families, in odd fragments, within 1 % of the provider's count"
        )
        func agreement() throws {
            let mock = try Mock()
            let gateway = try Self.gateway(mock)
            var source = MixedText(seed: 4)
            let each = 60
            let texts = (0..<(each * Self.kinds.count)).map { _ in source.text(parts: 90) }
            let framed = texts.enumerated().map { index, text in
                let frame = Self.kinds[index / each].frame
                return frame.before + text + frame.after
            }
            let counts = try TokenCounts.of(texts)
            let prompts = try TokenCounts.of(framed)
            let cuts = ["", "&fault=utf8_split", "&fault=crlf", "&fault=comments", "&fault=split"]
            let requests = try texts.enumerated().map { index, text in
                let kind = Self.kinds[index / each]
                let prompt = (prompts[index][kind.encoding] ?? 0) + kind.frame.tokens
                return try Self.request(
                    kind, index, text,
                    "echo=1&seed=\(index)&prompt=\(prompt)"
                        + "&completion=\(counts[index][kind.encoding] ?? 0)\(cuts[index % cuts.count])"
                )
            }
            let streams = try LoadClient().run(
                total: requests.count, atOnce: 20, port: gateway.httpPort, { requests[$0] },
                ended: { _ in })
            #expect(streams.allSatisfy { $0.ending == .complete })
            let rows = try gateway.settledUsage(requests.count)
            #expect(rows.count == requests.count)
            for row in rows {
                let completion = try #require(row.completion_tokens)
                let prompt = try #require(row.prompt_tokens)
                // Texts are counted exactly, and so is what is around them but for Claude's.
                #expect(completion.produced == completion.reported, "\(row)")
                #expect(completion.delivered == completion.reported, "\(row)")
                let reported = try #require(prompt.reported)
                let produced = try #require(prompt.produced)
                #expect(reported > 100 && abs(produced - reported) * 100 <= reported, "\(row)")
                if row.endpoint != "/v1/messages" { #expect(produced == reported, "\(row)") }
                #expect(completion.source == "reported" && prompt.source == "reported")
            }
        }

        @Test(
            "A stream that its client cuts is charged the tokens of the events delivered, exactly")
        func cutByClient() throws {
            let mock = try Mock()
            let gateway = try Self.gateway(mock)
            var source = MixedText(seed: 5)
            let each = 8
            let kinds = Self.kinds.filter { $0.endpoint != .responses }
            let requests = try (0..<(each * kinds.count)).map { index in
                try Self.request(
                    kinds[index / each], index, source.text(parts: 60),
                    "echo=1&seed=\(index)&fault=stall_mid&at=\(6 + index % each * 5)")
            }
            let streams = LoadClient().open(
                requests.count, port: gateway.httpPort, keepsBody: true
            ) { requests[$0] }
            var delivered: [String] = []
            for (index, stream) in streams.enumerated() {
                // The mock holds back the event at that place, and all behind it.
                let state = try stream.waitForEvents(6 + index % each * 5)
                delivered.append(Self.text(of: state.reader.text))
                try stream.leave()
            }
            let counts = try TokenCounts.of(delivered)
            let rows = try gateway.settledUsage(requests.count)
            for (index, request) in requests.enumerated() {
                let row = try #require(rows.first { $0.model == request.model })
                let completion = try #require(row.completion_tokens)
                #expect(row.outcome == "client_gone")
                #expect(completion.source == "counted")
                let expected = counts[index][kinds[index / each].encoding]
                #expect(completion.billed == expected, "\(delivered[index]), \(row)")
                #expect(completion.produced == expected, "\(row)")
                // Anthropic says the prompt's tokens with its first event.
                let source = request.endpoint == .messages ? "reported" : "counted"
                #expect(row.prompt_tokens?.source == source, "\(row)")
            }
        }

        /// The text in an event stream of any of the endpoints.
        static func text(of stream: String) -> String {
            var text = ""
            for line in stream.split(separator: "\n") where line.hasPrefix("data: {") {
                guard
                    let value = try? JSONSerialization.jsonObject(
                        with: Data(line.dropFirst(6).utf8)),
                    let event = value as? [String: Any]
                else { continue }
                let choice = (event["choices"] as? [[String: Any]])?.first
                let delta = (choice?["delta"] ?? event["delta"]) as? [String: Any]
                text += (delta?["content"] ?? delta?["text"] ?? choice?["text"]) as? String ?? ""
            }
            return text
        }

        @Test(
            "Where no public tokenizer is the model's, cut streams are charged what completed ones teach"
        )
        func calibration() throws {
            let mock = try Mock()
            let gateway = try Self.gateway(mock)
            let kind = Kind(
                endpoint: .messages, model: "claude-opus-4-6", encoding: "claude",
                frame: ("", "", 0))
            let text = String(repeating: "The quick brown fox jumps over the lazy dog. ", count: 20)
            let counted = try #require(try TokenCounts.of([text])[0]["claude"])
            for round in 1...6 {
                var request = try Self.request(
                    kind, 0, text, "echo=1&seed=\(round)&completion=\(counted * 5 / 4)")
                request.body = request.body?.replacingOccurrences(
                    of: "claude-opus-4-60", with: "claude-opus-4-6")
                #expect(try Connection.ask(request.bytes, port: gateway.httpPort).isComplete)
                // The next one is charged by what is in the ledger of this one.
                _ = try gateway.settledUsage(round)
            }
            var request = try Self.request(kind, 0, text, "echo=1&fault=stall_mid&at=20")
            request.body = request.body?.replacingOccurrences(
                of: "claude-opus-4-60", with: "claude-opus-4-6")
            let last = request
            let stream = LoadClient().open(1, port: gateway.httpPort) { _ in last }[0]
            try stream.waitForEvents(20)
            try stream.leave()
            let row = try #require(
                try gateway.settledUsage(7).first { $0.outcome == "client_gone" })
            let completion = try #require(row.completion_tokens)
            let calibration = try #require(completion.calibration)
            #expect(completion.source == "calibrated")
            #expect(calibration.samples == 6)
            #expect(abs(calibration.ratio_ppm - counted * 5 / 4 * 1_000_000 / counted) <= 1)
            #expect(calibration.error_ppm <= 1)
            let delivered = try #require(completion.delivered)
            #expect(delivered > 10)
            #expect(abs((completion.billed ?? 0) * 4 - delivered * 5) <= 4, "\(row)")
        }
    }
}
