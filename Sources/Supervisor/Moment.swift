import IPC

/// A point on the monotonic clock, in milliseconds. Its arithmetic saturates.
struct Moment: Comparable, Hashable, Sendable {
    /// Milliseconds of CLOCK_MONOTONIC.
    var milliseconds: UInt64

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

extension Clock {
    /// The present moment.
    var now: Moment { Moment(milliseconds: monotonic / 1_000_000) }
}

extension Moment? {
    /// The earlier of two moments, where nil is never.
    func earlier(_ other: Moment?) -> Moment? {
        guard let own = self else { return other }
        guard let other else { return own }
        return own < other ? own : other
    }
}
