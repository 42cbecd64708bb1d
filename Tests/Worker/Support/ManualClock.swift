import IPC
import Synchronization

/// A clock on which time passes when the test says so.
final class ManualClock: Sendable {
    private let passed = Mutex<UInt64>(1_000_000_000_000)

    /// The clock as it is passed in.
    var clock: Clock {
        Clock(
            realtime: { Clock.system.realtime }, monotonic: { self.passed.withLock { $0 } })
    }

    /// Lets so many milliseconds pass.
    func pass(milliseconds: UInt64) { passed.withLock { $0 += milliseconds * 1_000_000 } }
}
