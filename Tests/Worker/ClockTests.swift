import IPC
import Synchronization
import Testing

@testable import Worker

@Suite("A wall clock that steps changes no duration, and ends nothing")
struct ClockTests {
    private static let hour: Int64 = 3_600_000_000_000

    @Test("In mid-stream, back and forth", arguments: [-hour, hour, -300 * 24 * hour])
    func steps(by step: Int64) throws {
        let offset = SteppingOffset()
        let rig = try WorkerRig {
            $0.clock = Clock(
                realtime: { Clock.system.realtime + offset.value },
                monotonic: { Clock.system.monotonic })
        }
        let begun = Clock.system.monotonic
        let wall = Clock.system.realtime
        let (client, provider) = try rig.exchange()
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.delta("a")))
        _ = try client.read(through: "\n\n")
        offset.step(by: step)
        try provider.send(
            WorkerRig.chunk(WorkerRig.usageEvent) + WorkerRig.chunk(WorkerRig.done)
                + "0\r\n\r\n")
        _ = try client.read(through: "0\r\n\r\n")
        // The next stream of the connection shows the new time.
        try client.send(WorkerRig.post())
        _ = try provider.readMessage()
        client.close()
        let records = try rig.settled(2)
        let first = try #require(records.first)
        #expect(first.outcome == .completed)
        #expect(first.durationNanoseconds <= Clock.system.monotonic - begun)
        #expect(try #require(first.usage.firstByteNanoseconds) <= first.durationNanoseconds)
        let times = rig.opened.map(\.startedAt)
        #expect(times.count == 2)
        #expect(times[0] >= wall)
        let between = times[1] - times[0] - step
        #expect(between >= 0)
        #expect(between <= Int64(Clock.system.monotonic - begun))
    }
}

/// How far a clock is off, changed while others read it.
private final class SteppingOffset: Sendable {
    private let nanoseconds = Mutex<Int64>(0)

    var value: Int64 { nanoseconds.withLock { $0 } }

    func step(by change: Int64) { nanoseconds.withLock { $0 += change } }
}
