import Foundation
import Glibc
import Testing

extension SystemTests {
    @Suite("The connections to providers are shown as they are")
    struct ProviderGaugeTests {
        private func wait(
            _ gateway: Gateway, _ what: String, until holds: (GatewayStatus) -> Bool
        ) throws {
            var last = "no answer"
            do {
                try HangGuard.poll(for: what) { () -> Void? in
                    guard let status = try? gateway.status() else { return nil }
                    last = "\(status)"
                    return holds(status) ? () : nil
                }
            } catch { throw HangGuard.Expired(what: what, state: last) }
        }

        @Test("Of all workers together; what a killed worker had is gone with it")
        func killedWorker() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            typealias Gauge = GatewayStatus.Provider
            try wait(gateway, "both workers") { $0.attached_channels == 2 }
            #expect(try gateway.status().providers == ["openai": Gauge(), "anthropic": Gauge()])
            let streams = LoadClient().open(20, port: gateway.httpPort) { _ in
                Request(mock: "fault=stall_mid&at=2")
            }
            for stream in streams { try stream.waitForEvents(2) }
            #expect(try gateway.status().providers["openai"] == Gauge(open: 20, in_use: 20))
            #expect(try gateway.status().providers["anthropic"] == Gauge())

            let workers = gateway.workers
            for worker in workers { kill(worker, SIGKILL) }
            try gateway.waitForWorkers(2, without: Set(workers))
            try wait(gateway, "the gauges of the new workers only") {
                $0.attached_channels == 2 && $0.providers["openai"] == Gauge()
            }
            for stream in streams { try stream.waitForEnd() }

            // The new ones count from zero, and a connection that is kept shows as idle.
            #expect(try Connection.ask(Request().bytes, port: gateway.httpPort).isComplete)
            #expect(try gateway.status().providers["openai"] == Gauge(open: 1, idle: 1))
        }

        @Test("An accountant that was replaced shows them again")
        func killedAccountant() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let stream = LoadClient().open(1, port: gateway.httpPort) { _ in
                Request(endpoint: .messages, model: "claude-x", mock: "fault=stall_after_head")
            }[0]
            try stream.waitForHead()
            kill(try #require(gateway.accountant), SIGKILL)
            try wait(gateway, "the gauges in the new accountant") {
                $0.providers["anthropic"] == .init(open: 1, in_use: 1)
            }
            let text = try Program.output(
                of: Product.folder + "/dd0c-route",
                ["status", "--admin", "127.0.0.1:\(gateway.adminPort)"], seconds: 60)
            // Open, idle, in use, dialling, look-ups, waiting.
            #expect(text.contains(/\nanthropic +1 +0 +1 +0 +0 +0\n/), "\(text)")
            #expect(text.contains(/\nopenai +0 +0 +0 +0 +0 +0\n/), "\(text)")
            try stream.leave()
            try wait(gateway, "nothing in use") { $0.providers["anthropic"] == .init() }
        }
    }
}
