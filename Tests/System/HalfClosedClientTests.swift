import Testing

extension SystemTests {
    @Suite("Clients that close their sending side, as configured")
    struct HalfClosedClientTests {
        @Test("They have left, or they are served", arguments: ["abort", "serve"])
        func setting(choice: String) throws {
            let mock = try Mock()
            var settings = Gateway.Settings()
            settings.halfClosedClients = choice
            let gateway = try Gateway(mock: mock, settings)
            let connection = try Connection(port: gateway.httpPort)
            var request = Request(mock: "n=20&us=20000")
            request.includesUsage = true
            try connection.send(request.bytes)
            try mock.totals("wait_events=2")
            connection.closeSending()
            let answer = try connection.answer()
            let row = try #require(try gateway.settledUsage(1).first)
            let end = try mock.log("wait_ended=1").last { $0.event == "ended" }
            if choice == "serve" {
                #expect(answer.isComplete)
                #expect(row.outcome == "completed")
                #expect(row.completion_tokens?.billed == 20)
                #expect(end?.how == "complete")
                // Nothing more can be asked on it.
                #expect(try connection.receive() == nil)
            } else {
                #expect(!answer.isComplete)
                #expect(row.outcome == "client_gone")
                #expect(end?.how == "reset" || end?.how == "eof")
            }
        }
    }
}
