import CLinux

/// The time, as a value that is passed in: whoever reads it can be shown another.
///
/// The wall clock may step, backwards too, and serves as a label only. Whatever lasts, or is due, goes
/// by the monotonic one.
public struct Clock: Sendable {
    private let wall: @Sendable () -> Int64
    private let steady: @Sendable () -> UInt64

    /// The machine's clocks.
    public static let system = Clock(
        realtime: { route_realtime_ns() }, monotonic: { route_monotonic_ns() })

    /// - Parameters:
    ///   - realtime: gives nanoseconds since the epoch.
    ///   - monotonic: gives nanoseconds that never go back.
    public init(
        realtime: @escaping @Sendable () -> Int64, monotonic: @escaping @Sendable () -> UInt64
    ) {
        wall = realtime
        steady = monotonic
    }

    /// Nanoseconds since the epoch, CLOCK_REALTIME.
    public var realtime: Int64 { wall() }

    /// Nanoseconds since some moment before this process began, CLOCK_MONOTONIC: the same for all processes.
    public var monotonic: UInt64 { steady() }
}
