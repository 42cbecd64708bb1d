import IPC
import Synchronization

/// A clock that a test sets: its wall clock steps, and time passes when the test says so.
final class ManualClock: Sendable {
    private struct State {
        var step: Int64 = 0
        var passed: UInt64 = 0
    }

    private let state = Mutex(State())
    private let isRunning: Bool

    /// - Parameter isRunning: whether the machine's time passes too.
    init(isRunning: Bool = false) { self.isRunning = isRunning }

    /// The clock as it is passed in.
    var clock: Clock {
        Clock(realtime: { self.realtime }, monotonic: { self.monotonic })
    }

    var monotonic: UInt64 {
        let base: UInt64 = isRunning ? Clock.system.monotonic : 1_000_000_000_000
        return base + state.withLock { $0.passed }
    }

    var realtime: Int64 {
        let base = isRunning ? Clock.system.realtime : Sample.startedAt
        return base + state.withLock { $0.step + Int64($0.passed) }
    }

    /// Sets the wall clock so many nanoseconds forwards, or backwards.
    func step(_ nanoseconds: Int64) { state.withLock { $0.step += nanoseconds } }

    /// Lets so many nanoseconds pass.
    func pass(_ nanoseconds: UInt64) { state.withLock { $0.passed += nanoseconds } }
}
