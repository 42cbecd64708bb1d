/// When a child is pinged, and since when it owes an answer.
struct Heartbeat: Equatable, Sendable {
    private(set) var nextPing: Moment
    /// When the first ping that was not answered was sent.
    private(set) var owedSince: Moment?
    private var number: UInt64 = 0
    /// What the last `pong` reported.
    private(set) var openStreams: UInt32 = 0
    /// Bytes; 0: not known.
    private(set) var residentBytes: UInt64 = 0

    /// Starts with a ping at the given moment.
    ///
    /// - Parameter openStreams: what an earlier heartbeat of the child knew.
    init(firstPing: Moment, openStreams: UInt32 = 0) {
        nextPing = firstPing
        self.openStreams = openStreams
    }

    /// Counts a ping that is sent now and gives its number.
    mutating func ping(at now: Moment, interval: UInt32) -> UInt64 {
        number &+= 1
        nextPing = now.after(UInt64(interval))
        if owedSince == nil { owedSince = now }
        return number
    }

    /// Takes an answer. A late one proves life, but leaves the pings after it unanswered.
    mutating func pong(
        _ answered: UInt64, openStreams: UInt32, residentBytes: UInt64 = 0, at now: Moment
    ) {
        self.openStreams = openStreams
        self.residentBytes = residentBytes
        guard answered <= number else { return }
        owedSince = answered == number ? nil : now
    }

    /// Counts the owed time from now on: this process itself was stopped in between.
    mutating func restartClock(at now: Moment) {
        if owedSince != nil { owedSince = now }
    }

    /// When the child counts as hung, if nothing comes.
    func hungAt(limit: UInt32) -> Moment? { owedSince?.after(UInt64(limit)) }
}
