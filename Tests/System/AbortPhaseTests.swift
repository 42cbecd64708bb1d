import Foundation
import Testing

extension SystemTests {
    @Suite("1,000 clients that leave, each at another moment")
    struct AbortPhaseTests {
        /// A client that leaves.
        private struct Leaver {
            let number: Int
            let phase: AbortPhase
            let byReset: Bool
            let stream: OpenStream
            /// Of the silent listener's visits.
            var visit: Int?
        }

        private static let atOnce = 50
        /// Clients that leave for each one of a phase's share.
        private static let factor = 10

        @Test("The provider's side sees each of them go within a second, and nothing stays behind")
        func thousand() throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            print("abort phases: seed \(seed)")
            var random = SeededGenerator(seed: seed)
            let round = try Round()
            var phases: [AbortPhase] = []
            for phase in AbortPhase.allCases {
                phases += Array(repeating: phase, count: phase.share * Self.factor)
            }
            phases.shuffle(using: &random)
            for start in stride(from: 0, to: phases.count, by: Self.atOnce) {
                let part = phases[start..<min(start + Self.atOnce, phases.count)]
                try round.run(part) { Bool.random(using: &random) }
            }
            round.report()
            try checkRecords(round, phases)
            for (name, gauge) in try round.gateway.status().providers {
                #expect(gauge == GatewayStatus.Provider(), "\(name)")
            }
            let status = try round.gateway.status()
            #expect(status.open_streams == 0)
            #expect(try round.mock.totals().in_flight == 0)
            // None of them was worth a worker.
            #expect(round.gateway.workers == round.workers)
        }

        private func checkRecords(_ round: Round, _ phases: [AbortPhase]) throws {
            let expected = phases.filter { $0 != .halfRequest }.count
            let rows = try round.gateway.settledUsage(expected)
            #expect(rows.count == expected)
            for row in rows {
                let number = row.model.flatMap { $0.split(separator: "-").last }.flatMap { Int($0) }
                let phase = phases[try #require(number)]
                #expect(row.outcome == "client_gone", "\(phase.rawValue): \(row)")
                let billed = row.completion_tokens?.billed ?? 0
                if phase.isBeforeFirstToken {
                    #expect(billed == 0, "\(phase.rawValue): \(row)")
                } else if phase != .slowReader {
                    #expect(billed > 0, "\(phase.rawValue): \(row)")
                }
            }
        }

        /// A gateway, its providers, and what was measured.
        private final class Round {
            let mock: Mock
            let gateway: Gateway
            let workers: [pid_t]
            private let silent: SilentListener
            private let full: FullListener
            private let client = LoadClient()
            private var requests = 0
            private var lines = 0
            /// Nanoseconds from a client's leave to its end at the provider.
            private var latencies: [AbortPhase: [Int]] = [:]

            init() throws {
                mock = try Mock()
                let silent = try SilentListener()
                let full = try FullListener()
                self.silent = silent
                self.full = full
                var settings = Gateway.Settings()
                settings.models = """
                      - { match: "silent*", provider: silent }
                      - { match: "unreachable*", provider: unreachable }
                    """
                settings.limits = ["connect_timeout": "60s"]
                gateway = try Gateway(mock: mock, settings) { _ in
                    """
                      silent:
                        family: openai
                        base_url: https://127.0.0.1:\(silent.port)/v1
                      unreachable:
                        family: openai
                        base_url: http://127.0.0.1:\(full.port)/v1
                    """
                }
                workers = gateway.workers
            }

            /// So many clients come, reach their phases, and leave at once.
            func run(_ phases: ArraySlice<AbortPhase>, _ coin: () -> Bool) throws {
                var leavers: [Leaver] = []
                // Slow readers first: while nobody else is sent anything, the mock shows when they are stuck.
                let order = phases.indices.sorted {
                    (phases[$0] != .slowReader ? 1 : 0, $0) < (
                        phases[$1] != .slowReader ? 1 : 0, $1
                    )
                }
                for number in order {
                    let phase = phases[number]
                    if phase != .slowReader, leavers.last?.phase == .slowReader {
                        try waitUntilStuck(leavers)
                    }
                    leavers.append(try open(number, phase, byReset: coin()))
                }
                try waitForPhases(leavers)
                for leaver in leavers { try leaver.stream.leave(reset: leaver.byReset) }
                try measure(leavers)
            }

            private func open(_ number: Int, _ phase: AbortPhase, byReset: Bool) throws -> Leaver {
                let before = silent.visits.value.count
                let stream = client.open(
                    1, port: gateway.httpPort,
                    receiveBuffer: phase == .slowReader ? 16_384 : nil
                ) { _ in phase.request(number) }[0]
                if phase.reachesMock { requests += 1 }
                var leaver = Leaver(number: number, phase: phase, byReset: byReset, stream: stream)
                switch phase {
                case .slowReader:
                    try stream.waitForHead()
                    try stream.stopReading()
                case .handshake:
                    // One after the other, so that it is known which is whose.
                    try silent.visits.wait(for: "a TLS hello") {
                        $0.count > before && $0[before].spokeAt != nil
                    }
                    leaver.visit = before
                default: break
                }
                return leaver
            }

            private func waitUntilStuck(_ readers: [Leaver]) throws {
                var seen: [Int] = []
                try HangGuard.poll(for: "\(readers.count) slow readers to stop their providers") {
                    seen.append(try mock.totals().events)
                    let last = seen.suffix(3)
                    return last.count == 3 && Set(last).count == 1 ? () : nil
                }
            }

            private func waitForPhases(_ leavers: [Leaver]) throws {
                for leaver in leavers {
                    guard let events = leaver.phase.events else { continue }
                    try leaver.stream.waitForHead()
                    if leaver.phase != .slowReader { try leaver.stream.waitForEvents(events) }
                    #expect(leaver.stream.ending == nil, "\(leaver.phase.rawValue)")
                }
                try mock.totals("wait_requests=\(requests)")
                let dialling = leavers.filter { $0.phase == .connect }.count
                try HangGuard.poll(for: "\(dialling) connections to be dialled") {
                    try gateway.status().providers["unreachable"]?.dialling == dialling ? () : nil
                }
            }

            // MARK: Measuring

            private func measure(_ leavers: [Leaver]) throws {
                // Nobody but the gateway sees these; asking takes time, which counts.
                try HangGuard.poll(for: "the end of all dials") {
                    try gateway.status().providers["unreachable"]?.dialling == 0 ? () : nil
                }
                let dialsEnded = Clock.now
                let log = try mock.log("wait_ended=\(requests)&from=\(lines)")
                lines += log.count
                let ends = endsBySeed(log)
                for leaver in leavers {
                    let left = try #require(leaver.stream.state.value.endedAt)
                    let end: Int
                    switch leaver.phase {
                    case .halfRequest: continue
                    case .connect: end = dialsEnded
                    case .handshake:
                        let visit = try #require(leaver.visit)
                        let visits = try silent.visits.wait(for: "the end of a handshake") {
                            $0[visit].endedAt != nil
                        }
                        end = try #require(visits[visit].endedAt)
                    default: end = try #require(ends["\(leaver.number)"], "\(leaver)")
                    }
                    latencies[leaver.phase, default: []].append(end - left)
                }
            }

            /// When the mock saw the end of each request, by the seed in the request's directives.
            private func endsBySeed(_ log: [Mock.LogLine]) -> [String: Int] {
                var seeds: [Int: String] = [:]
                var ends: [String: Int] = [:]
                for line in log {
                    if line.event == "request", let seed = line.x_mock?.split(separator: "=").last {
                        seeds[line.connection] = String(seed)
                    }
                    guard line.event == "ended", let seed = seeds[line.connection] else { continue }
                    #expect(line.how == "eof" || line.how == "reset", "\(line)")
                    ends[seed] = line.at_ns
                }
                return ends
            }

            func report() {
                for phase in AbortPhase.allCases where phase != .halfRequest {
                    let sorted = (latencies[phase] ?? []).sorted()
                    #expect(sorted.count == phase.share * AbortPhaseTests.factor)
                    print("abort \(phase.rawValue): \(Self.summary(sorted))")
                    #expect(sorted.last ?? .max < 1_000_000_000, "\(phase.rawValue)")
                }
                let all = latencies.values.flatMap(\.self).sorted()
                print("abort, all: \(Self.summary(all))")
                #expect(all.count == 1000)
            }

            private static func summary(_ sorted: [Int]) -> String {
                guard let most = sorted.last else { return "none" }
                let rank = (sorted.count * 99 + 99) / 100 - 1
                func milliseconds(_ value: Int) -> String {
                    String(format: "%.1f", Double(value) / 1e6)
                }
                return "n=\(sorted.count) median=\(milliseconds(sorted[sorted.count / 2])) "
                    + "p99=\(milliseconds(sorted[rank])) max=\(milliseconds(most)) ms"
            }
        }
    }
}
