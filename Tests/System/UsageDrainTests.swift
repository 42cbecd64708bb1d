import Testing

extension SystemTests {
    @Suite("What an answer costs that nobody waits for any more is on its record")
    struct UsageDrainTests {
        /// A gateway with a provider that charges on after an abort.
        private static func gateway(_ mock: Mock) throws -> Gateway {
            var settings = Gateway.Settings()
            settings.models = "  - { match: \"costly*\", provider: charging }"
            return try Gateway(mock: mock, settings) { folder in
                """
                  charging:
                    family: openai
                    base_url: http://127.0.0.1:\(mock.port)/v1
                    api_key: { file: \(folder)/key }
                    abort_stops_billing: false
                """
            }
        }

        @Test("The client pays for what it got; the provider's report follows as a correction")
        func correction() throws {
            let mock = try Mock()
            let gateway = try Self.gateway(mock)
            let stream = LoadClient().open(1, port: gateway.httpPort) { _ in
                Request(endpoint: .chat, model: "costly-1", mock: "n=120&us=5000&completion=77")
            }[0]
            try stream.waitForEvents(5)
            try stream.leave(reset: false)
            // The record is there before the answer has ended.
            let first = try #require(try gateway.settledUsage(1).first)
            #expect(first.outcome == "client_gone")
            let row = try HangGuard.poll(for: "the correction") {
                try gateway.usage().first { $0.corrections == 1 }
            }
            #expect(row.id == first.id)
            #expect(row.completion_tokens?.reported == 77)
            let billed = try #require(row.completion_tokens?.billed)
            #expect(billed == first.completion_tokens?.billed)
            #expect((1..<77).contains(billed))
            #expect(row.completion_tokens?.delivered == first.completion_tokens?.delivered)
            #expect(row.prompt_tokens?.source == "reported")
            // The mock was read to its end, and its connection serves again.
            #expect(try mock.log("wait_ended=1").last { $0.event == "ended" }?.how == "complete")
            let status = try HangGuard.poll(for: "the connection's return") {
                let status = try gateway.status()
                return status.providers["charging"]?.in_use == 0 ? status : nil
            }
            #expect(status.providers["charging"]?.open == 1)
        }
    }
}
