import Glibc
import Testing

extension SystemTests {
    @Suite("A killed process costs its own streams at most, and no bill")
    struct ProcessLossTests {
        /// A worker alone, or the accountant in the same instant: the records then come out of what lay
        /// in the kernel's queue and in the counters.
        @Test(
            "kill -9 of one of two workers under 200 streams",
            arguments: [false, true])
        func worker(andAccountant: Bool) throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let client = LoadClient()
            let streams = client.open(200, port: gateway.httpPort) {
                Request(model: "mock-\($0)", mock: "n=40&us=100000&seed=\($0)")
            }
            for stream in streams { try stream.waitForEvents(3) }
            let prober = Prober(port: gateway.httpPort)
            try prober.waitForAnswer(after: Clock.now)

            let victim = try #require(gateway.workers.first)
            let accountant = try #require(gateway.accountant)
            kill(victim, SIGKILL)
            if andAccountant { kill(accountant, SIGKILL) }
            try gateway.waitForWorkers(2, without: [victim])

            for stream in streams { try stream.waitForEnd() }
            let probed = try prober.stop()
            #expect(probed.refusals.isEmpty)
            #expect(probed.answered > 1)
            let lost = streams.filter { $0.ending != .complete }
            #expect(!lost.isEmpty && lost.count < streams.count, "\(lost.count) lost")
            try check(streams, try gateway.settledUsage(streams.count))
            #expect(try mock.totals("wait_until_idle=1").in_flight == 0)
        }

        private func check(_ streams: [OpenStream], _ rows: [UsageRow]) throws {
            #expect(rows.count == streams.count)
            let byModel = Dictionary(grouping: rows) { $0.model ?? "" }
            for stream in streams {
                let rows = byModel["mock-\(stream.index)"] ?? []
                #expect(rows.count == 1)
                let row = try #require(rows.first)
                let reader = stream.state.value.reader
                let flushed = try #require(row.chunks_flushed)
                let bytes = try #require(row.bytes_flushed)
                let what = "\(stream.state.value), \(row)"
                if stream.ending == .complete {
                    #expect(row.outcome == "completed", "\(what)")
                    #expect(flushed == reader.events.count, "\(what)")
                    #expect(bytes == reader.wireBytes, "\(what)")
                    #expect(row.completion_tokens?.reported == 40, "\(what)")
                } else {
                    #expect(row.outcome == "worker_lost", "\(what)")
                    #expect(flushed <= reader.events.count, "\(what)")
                    // The mock sends one event at a time, so one write holds one.
                    #expect(reader.events.count - flushed <= 1, "\(what)")
                    #expect(bytes <= reader.wireBytes, "\(what)")
                    // The provider never said; what is charged is what was counted here and delivered.
                    let completion = try #require(row.completion_tokens)
                    #expect(completion.reported == nil, "\(what)")
                    let billed = try #require(completion.billed)
                    #expect(billed <= completion.corrected(completion.produced), "\(what)")
                    #expect(billed == completion.corrected(completion.delivered), "\(what)")
                }
            }
        }

        @Test(
            "After kill -9 of the only worker a new one answers within a second; nobody is refused")
        func newWorkerAnswers() throws {
            let mock = try Mock()
            var settings = Gateway.Settings()
            settings.workers = 1
            let gateway = try Gateway(mock: mock, settings)
            let prober = Prober(port: gateway.httpPort)
            try prober.waitForAnswer(after: Clock.now)
            let victim = try #require(gateway.workers.first)
            let killed = Clock.now
            kill(victim, SIGKILL)
            // What is connected from here on is the new worker's: the old one is reaped.
            try HangGuard.poll(for: "the killed worker's end") {
                gateway.workers.contains(victim) ? nil : ()
            }
            let answered = prober.state.value.answered
            let state = try prober.state.wait(for: "two new answers") {
                $0.answered >= answered + 2
            }
            let seconds = Double(state.lastAnswerAt - killed) / 1e9
            #expect(seconds < 1)
            #expect(try prober.stop().refusals.isEmpty)
        }

        @Test(
            "kill -9 of the accountant, three times under load, is noticed by no client and no bill"
        )
        func accountant() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let client = LoadClient()
            let total = 300
            var kills = [60, 140, 220][...]
            var killed: Set<pid_t> = []
            let streams = try client.run(
                total: total, atOnce: 40, port: gateway.httpPort,
                { Request(model: "mock-\($0)", mock: "n=20&us=30000&seed=\($0)") },
                ended: { count in
                    guard let next = kills.first, count >= next else { return }
                    kills.removeFirst()
                    let pid = try HangGuard.poll(for: "a new accountant") {
                        gateway.accountant.flatMap { killed.contains($0) ? nil : $0 }
                    }
                    killed.insert(pid)
                    kill(pid, SIGKILL)
                })
            #expect(killed.count == 3)
            #expect(streams.allSatisfy { $0.ending == .complete })
            let rows = try gateway.settledUsage(total)
            #expect(rows.count == total)
            let byModel = Dictionary(grouping: rows) { $0.model ?? "" }
            for stream in streams {
                let rows = byModel["mock-\(stream.index)"] ?? []
                #expect(rows.count == 1)
                let row = try #require(rows.first)
                let what = "\(row)"
                #expect(row.outcome == "completed", "\(what)")
                #expect(row.chunks_flushed == stream.events, "\(what)")
                #expect(row.bytes_flushed == stream.wireBytes, "\(what)")
                #expect(row.completion_tokens?.reported == 20, "\(what)")
                #expect(row.prompt_tokens?.reported == 11, "\(what)")
            }
        }
    }
}
