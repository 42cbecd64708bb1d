/// How the service ends.
struct Shutdown {
    /// The accountant has so long to settle the last channels after the last worker, milliseconds.
    static let settleLimit: UInt64 = 60_000
    /// What the accountant's own drain may take, milliseconds.
    static let accountantDrain: UInt32 = 10_000
    /// What a second signal leaves to open streams, milliseconds.
    static let shortDrain: UInt32 = 1_000
    /// systemd is asked for more time so often, and for so much, milliseconds.
    static let extendEvery: UInt64 = 5_000
    static let extendBy: UInt64 = 20_000

    var exitCode: Int32
    /// Why, where it is not by request. Our own words only: it is also shown where no log is scrubbed.
    var reason: String?
    /// What the child whose failure it is wrote last.
    var lastLine: String?
    var extendAt: Moment
    var settleDeadline: Moment?
    /// The last channels were not settled in time.
    var gaveUp = false
}
