import Testing

@testable import Supervisor

@Suite("Restarts: delays, intensity, permanence")
struct RestartPolicyTests {
    /// A jitter that changes nothing.
    static let even: UInt32 = 200

    private func at(_ milliseconds: UInt64) -> Moment { Moment(milliseconds: milliseconds) }

    @Test func delaysGrowAndStayAtTheLast() {
        var policy = RestartPolicy()
        var now: UInt64 = 0
        var delays: [UInt64] = []
        for _ in 0..<8 {
            guard
                case .again(let delay) = policy.ended(
                    permanently: false, at: at(now), jitter: Self.even)
            else {
                Issue.record("given up after \(delays.count) restarts")
                return
            }
            delays.append(delay)
            now += 10_000
        }
        #expect(delays == [0, 100, 400, 1_600, 6_000, 10_000, 10_000, 10_000])
    }

    @Test func theSixthRestartWithinTheWindowIsRefused() {
        var policy = RestartPolicy()
        for second in 0..<5 {
            let verdict = policy.ended(
                permanently: false, at: at(UInt64(second) * 1_000), jitter: Self.even)
            #expect(verdict != .never)
        }
        var late = policy
        #expect(policy.ended(permanently: false, at: at(29_999), jitter: Self.even) == .never)
        #expect(
            late.ended(permanently: false, at: at(30_000), jitter: Self.even)
                == .again(afterMilliseconds: 10_000))
    }

    @Test func anExitThatSaysSoIsPermanent() {
        var policy = RestartPolicy()
        #expect(policy.ended(permanently: true, at: at(0), jitter: Self.even) == .never)
        #expect(ExitCause.exited(code: 78).isPermanent)
        #expect(!ExitCause.exited(code: 1).isPermanent)
        #expect(!ExitCause.signalled(78).isPermanent)
        #expect(!ExitCause.notStarted(78).isPermanent)
    }

    @Test func healthTakesTheDelaysBackToZero() {
        var policy = RestartPolicy()
        for _ in 0..<5 { _ = policy.ended(permanently: false, at: at(0), jitter: Self.even) }
        policy.forgive()
        #expect(
            policy.ended(permanently: false, at: at(1), jitter: Self.even)
                == .again(afterMilliseconds: 0))
        #expect(
            policy.ended(permanently: false, at: at(2), jitter: Self.even)
                == .again(afterMilliseconds: 100))
    }

    @Test(arguments: [0, 1, 200, 400, 401, UInt32.max])
    func jitterStaysWithinAFifth(jitter: UInt32) {
        var policy = RestartPolicy()
        var spans: [(UInt64, UInt64)] = []
        for (index, delay) in RestartPolicy.delays.enumerated() {
            let now = at(UInt64(index) * 60_000)
            if case .again(let given) = policy.ended(permanently: false, at: now, jitter: jitter) {
                spans.append((delay, given))
            }
        }
        #expect(spans.count == RestartPolicy.delays.count)
        for (delay, given) in spans {
            #expect(given >= delay * 8 / 10 && given <= delay * 12 / 10)
        }
    }

    @Test func theClockNeverOverflows() {
        #expect(Moment(milliseconds: .max).after(.max) == Moment(milliseconds: .max))
        #expect(Moment(milliseconds: 3).since(Moment(milliseconds: 5)) == 0)
    }
}
