import CLinux

/// A point on the monotonic clock, in milliseconds. Its arithmetic saturates.
struct Moment: Comparable, Hashable, Sendable {
    /// Milliseconds of CLOCK_MONOTONIC.
    var milliseconds: UInt64

    /// The clock's present value.
    static func now() -> Moment { Moment(milliseconds: route_monotonic_ns() / 1_000_000) }

    /// The moment so many milliseconds later.
    func after(_ span: UInt64) -> Moment {
        let (sum, overflow) = milliseconds.addingReportingOverflow(span)
        return Moment(milliseconds: overflow ? .max : sum)
    }

    /// Milliseconds since an earlier moment; 0 when that one is later.
    func since(_ earlier: Moment) -> UInt64 {
        milliseconds > earlier.milliseconds ? milliseconds &- earlier.milliseconds : 0
    }

    static func < (left: Moment, right: Moment) -> Bool { left.milliseconds < right.milliseconds }
}

extension Moment? {
    /// The earlier of two moments, where nil is never.
    func earlier(_ other: Moment?) -> Moment? {
        guard let own = self else { return other }
        guard let other else { return own }
        return own < other ? own : other
    }
}
