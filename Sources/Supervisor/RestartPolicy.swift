/// When a child that ended is started again, and when its slot is given up.
///
/// The first restart is immediate: most deaths are single. A child that keeps dying waits longer each
/// time; one that dies too often within the window is given up, since it never serves anyway and its
/// restarts cost the children that do.
struct RestartPolicy: Equatable, Sendable {
    /// What is to happen to a child that ended.
    enum Verdict: Equatable, Sendable {
        case again(afterMilliseconds: UInt64)
        case never
    }

    /// Waiting times before the first, second, … restart in a row, milliseconds.
    static let delays: [UInt64] = [0, 100, 400, 1_600, 6_000, 10_000]
    /// So many restarts are granted within the window.
    static let restartsMax = 5
    static let windowMilliseconds: UInt64 = 30_000
    /// A child that was ready for so long starts from the first delay again.
    static let healthyMilliseconds: UInt64 = 60_000
    /// Exit code of a child whose failure another start cannot mend (sysexits: EX_CONFIG).
    static let permanentCode: Int32 = 78

    private(set) var failuresInRow = 0
    /// When restarts were granted, as far as it matters.
    private(set) var granted: [Moment] = []

    init() {}

    /// Goes on where an earlier one stood.
    init(failuresInRow: Int, granted: [Moment]) {
        self.failuresInRow = min(max(0, failuresInRow), Self.delays.count)
        self.granted = granted
    }

    /// Judges one end of the child.
    ///
    /// - Parameter jitter: a random number, which spreads the delay over ±20 %.
    mutating func ended(permanently: Bool, at now: Moment, jitter: UInt32) -> Verdict {
        if permanently { return .never }
        granted.removeAll { now.since($0) >= Self.windowMilliseconds }
        guard granted.count < Self.restartsMax else { return .never }
        granted.append(now)
        let delay = Self.delays.dropFirst(failuresInRow).first ?? Self.delays.last ?? 0
        failuresInRow = min(failuresInRow &+ 1, Self.delays.count)
        let permille = 800 &+ UInt64(jitter % 401)
        return .again(afterMilliseconds: delay &* permille / 1_000)
    }

    /// The child has been healthy for long enough that what came before says nothing any more.
    mutating func forgive() {
        failuresInRow = 0
        granted.removeAll()
    }
}
