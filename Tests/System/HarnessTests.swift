import Glibc
import Testing

extension SystemTests {
    /// Without a gateway: what the other tests rely on.
    @Suite("The load client and the mock see the same")
    struct HarnessTests {
        @Test("Streams arrive whole, and are counted as the mock counts them")
        func counts() throws {
            let mock = try Mock()
            let streams = LoadClient().open(100, port: mock.port) {
                Request(model: "mock-\($0)", mock: "n=20&us=1000&seed=\($0)")
            }
            for stream in streams {
                let state = try stream.waitForEnd()
                #expect(state.ending == .complete)
                #expect(state.reader.events.count == 23)
                #expect(state.reader.events.last == ["data: [DONE]"])
            }
            let totals = try mock.totals("wait_ended=100")
            #expect(totals.events == 2300)
            #expect(totals.in_flight == 0)
        }

        @Test("Both say alike how a connection ended")
        func endings() throws {
            let mock = try Mock()
            for (fault, ending) in [
                ("reset", OpenStream.Ending.reset), ("eof", .endOfFile), ("crlf", .complete),
                ("lone_cr", .complete), ("split", .complete), ("close_delimited", .complete),
                ("bad_chunk", .other("broken framing")),
            ] {
                let stream = LoadClient().open(1, port: mock.port) { _ in
                    Request(mock: "n=5&fault=\(fault)")
                }[0]
                #expect(try stream.waitForEnd().ending == ending, "\(fault)")
                if ending == .complete { #expect(stream.events == 8, "\(fault)") }
            }
            try mock.totals("wait_until_idle=1&wait_ended=7")
            for (number, reset) in [true, false].enumerated() {
                let stream = LoadClient().open(1, port: mock.port) { _ in
                    Request(mock: "fault=stall_mid&at=2")
                }[0]
                try stream.waitForEvents(2)
                try stream.leave(reset: reset)
                let ended = try mock.log("wait_ended=\(8 + number)").last { $0.event == "ended" }
                #expect(ended?.how == (reset ? "reset" : "eof"))
                #expect(ended?.events == 2)
            }
        }

        @Test("A connection to a closed port is noticed as refused")
        func refusal() throws {
            let closed = try Loopback.listen()
            close(closed.descriptor)
            let prober = Prober(port: closed.port)
            try prober.state.wait(for: "a refusal") { !$0.refusals.isEmpty }
            #expect(try prober.stop().refusals.first == ECONNREFUSED)
            let stream = LoadClient().open(1, port: closed.port) { _ in Request() }[0]
            #expect(try stream.waitForEnd().ending == .refused(ECONNREFUSED))
        }

        @Test("What the SDKs receive from the mock itself does not change")
        func python() throws {
            let mock = try Mock()
            let arguments = ["http://127.0.0.1:\(mock.port)", "key", "claude-mock"]
            let first = try Python.run("anthropic_sdk.py", arguments)
            #expect(try Python.run("anthropic_sdk.py", arguments) == first)
        }
    }
}
