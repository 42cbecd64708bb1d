import IPC

/// One row of the ledger: a request that is over, with all its evidence. Never changed again.
struct LedgerRecord: Equatable, Sendable {
    var key: StreamKey
    var worker: WorkerIdentity
    /// nil when the stream's `opened` record was never seen: all that only it tells is then unknown.
    var opened: StreamOpened?
    /// Nanoseconds since the epoch.
    var startedAt: Int64
    /// Nanoseconds since the epoch.
    var settledAt: Int64
    /// Sequence of the last record of the channel that was applied; nil: there was none but `opened`.
    var streamSequence: UInt64?
    var outcome: Outcome
    /// 0: the client was sent no status, or nobody can tell which.
    var status: UInt16
    var reason: String?
    /// nil when nobody can tell.
    var durationNanoseconds: UInt64?
    var usage: StreamUsage
    var bill: BillingPolicy.Bill
    var priced: Pricing.Priced?

    /// What a correction goes on from.
    var settled: SettledStream {
        SettledStream(
            key: key, outcome: outcome, endpoint: opened?.endpoint,
            providerModel: opened?.providerModel, streamSequence: streamSequence, corrections: 0,
            usage: usage, bill: bill, priced: priced)
    }
}
