import IPC

/// All open streams, and what has changed since the last commit: the logic of the ledger without its disk.
///
/// Applying a record twice, a stale one, or one of a stream that is in the ledger already changes
/// nothing. What was applied stays in `changes` until `committed()`, so a commit that failed is simply
/// tried again, with whatever came since.
struct StreamBook {
    /// What one commit writes.
    struct Changes: Equatable {
        var workers: [WorkerIdentity] = []
        /// Rows that are new.
        var inserts: Set<StreamKey> = []
        /// Rows that have moved.
        var updates: Set<StreamKey> = []
        /// Rows whose streams are settled now.
        var removals: [StreamKey] = []
        var records: [LedgerRecord] = []
        var corrections: [LedgerCorrection] = []

        var isEmpty: Bool {
            workers.isEmpty && inserts.isEmpty && updates.isEmpty && removals.isEmpty
                && records.isEmpty && corrections.isEmpty
        }
    }

    private(set) var open: [StreamKey: OpenStream]
    private(set) var changes = Changes()
    /// What was learned of how providers count. It moves with records only, and is committed with them.
    private(set) var calibrations: CalibrationBook
    /// Prices for what is settled from now on.
    var prices: PriceTable
    /// Streams that are settled or corrected since the last commit.
    private var settledNow: [StreamKey: SettledStream] = [:]
    /// Amendments of streams that have no record: they cannot be, and change nothing.
    private(set) var refusedAmendments: UInt64 = 0
    /// Per incarnation the highest stream number that was ever seen: a higher one cannot be settled yet.
    private var highest: [UInt64: UInt64] = [:]

    init(
        open: [StreamKey: OpenStream] = [:], calibrations: CalibrationBook = CalibrationBook(),
        prices: PriceTable
    ) {
        self.open = open
        self.calibrations = calibrations
        self.prices = prices
    }

    /// Makes the worker known. Idempotent.
    ///
    /// - Parameter highest: the highest stream number of it that the ledger has.
    mutating func register(_ worker: WorkerIdentity, highest known: UInt64) {
        guard highest[worker.incarnation] == nil else { return }
        highest[worker.incarnation] = known
        changes.workers.append(worker)
    }

    /// Forgets a worker whose channel has ended; what is open of it stays.
    mutating func forget(_ incarnation: UInt64) { highest[incarnation] = nil }

    /// Applies one record.
    ///
    /// - Parameters:
    ///   - now: nanoseconds since the epoch.
    ///   - monotonic: nanoseconds of the clock that never steps; nil: not known.
    ///   - settled: asks the ledger for a stream's record, as it was corrected.
    ///   - isRecorded: asks the ledger whether the stream has its row already.
    mutating func apply(
        _ record: UsageRecord, from worker: WorkerIdentity, now: Int64, monotonic: UInt64? = nil,
        settled find: (StreamKey) throws -> SettledStream?,
        isRecorded: (StreamKey) throws -> Bool
    ) rethrows {
        let key = StreamKey(incarnation: worker.incarnation, stream: record.stream)
        if case .amended(let amended) = record {
            return try amend(amended, key, now, settled: find)
        }
        if open[key] == nil {
            guard settledNow[key] == nil else { return }
            if record.stream <= highest[worker.incarnation] ?? .max {
                guard try !isRecorded(key) else { return }
            }
        }
        highest[worker.incarnation] = max(highest[worker.incarnation] ?? 0, record.stream)
        switch record {
        case .opened(let opened):
            let began = monotonic.map { opened.began(now: now, monotonic: $0) }
            apply(opened, key, worker, began)
        case .progress(let progress): apply(progress, key, worker)
        case .settled(let settled): settle(settled, key, worker, now)
        case .amended: return
        }
    }

    /// A stream's channel is in order: what amends it comes behind what settled it.
    private mutating func amend(
        _ amended: StreamAmended, _ key: StreamKey, _ now: Int64,
        settled find: (StreamKey) throws -> SettledStream?
    ) rethrows {
        guard open[key] == nil, let stream = try settledNow[key] ?? find(key) else {
            refusedAmendments += 1
            return
        }
        guard let correction = stream.correction(by: amended, now: now, prices: prices) else {
            return
        }
        changes.corrections.append(correction)
        settledNow[key] = stream.corrected(by: correction)
    }

    private mutating func apply(
        _ opened: StreamOpened, _ key: StreamKey, _ worker: WorkerIdentity, _ began: UInt64?
    ) {
        guard var stream = open[key] else {
            open[key] = OpenStream(worker: worker, opened: opened, began: began)
            changes.inserts.insert(key)
            return
        }
        guard stream.opened == nil else { return }
        stream.opened = opened
        stream.began = began
        open[key] = stream
        // The whole row is written again: it has no columns of `opened` yet.
        changes.inserts.insert(key)
    }

    private mutating func apply(
        _ progress: StreamProgress, _ key: StreamKey, _ worker: WorkerIdentity
    ) {
        var stream = open[key] ?? OpenStream(worker: worker)
        if let last = stream.sequence, progress.sequence <= last { return }
        let isNew = open[key] == nil
        stream.sequence = progress.sequence
        stream.usage = progress.usage
        open[key] = stream
        if isNew {
            changes.inserts.insert(key)
        } else if !changes.inserts.contains(key) {
            changes.updates.insert(key)
        }
    }

    private mutating func settle(
        _ settled: StreamSettled, _ key: StreamKey, _ worker: WorkerIdentity, _ now: Int64
    ) {
        let stream = open[key] ?? OpenStream(worker: worker)
        let duration = Int64(clamping: settled.durationNanoseconds)
        close(
            key, stream, now: now, outcome: settled.outcome, status: settled.status,
            reason: settled.reason, duration: settled.durationNanoseconds,
            sequence: settled.sequence,
            startedAt: stream.opened?.startedAt ?? now.subtractingClamped(duration),
            usage: OpenStream.complete(settled.usage, with: stream.opened))
    }

    /// Settles open streams of the incarnation as lost with their worker, the oldest first.
    ///
    /// - Parameters:
    ///   - limit: streams at most, so that one commit stays short.
    ///   - now: nanoseconds since the epoch.
    ///   - endedAt: monotonic nanoseconds now, where the worker's end was seen just now; nil: it ended
    ///     nobody knows when.
    ///   - counts: what the worker's counters say of a stream in a slot.
    /// - Returns: how many were settled, and whether that was all.
    mutating func settleLost(
        incarnation: UInt64, now: Int64, endedAt: UInt64?, limit: Int,
        counts: (_ slot: UInt32, _ stream: UInt64) -> StreamCounts?
    ) -> (settled: Int, isAll: Bool) {
        let lost = open.filter { $0.key.incarnation == incarnation }
            .sorted { $0.key.stream < $1.key.stream }
        for (key, stream) in lost.prefix(limit) {
            let found = stream.opened?.slot.flatMap { counts($0, key.stream) }
            let startedAt = stream.opened?.startedAt ?? now
            let duration = endedAt.map { endedAt in
                // By the wall clock only where this process did not see the stream begin.
                stream.began.map { endedAt > $0 ? endedAt - $0 : 0 }
                    ?? UInt64(max(0, now.subtractingClamped(startedAt)))
            }
            close(
                key, stream, now: now, outcome: .workerLost, status: 0,
                reason: endedAt == nil ? "worker_unknown" : "worker_ended", duration: duration,
                sequence: stream.sequence, startedAt: startedAt, usage: stream.evidence(with: found)
            )
        }
        return (min(lost.count, limit), lost.count <= limit)
    }

    /// Takes what the counters are ahead of the records into the open streams, for a ledger that is
    /// left with streams open.
    mutating func checkpoint(
        incarnation: UInt64, counts: (_ slot: UInt32, _ stream: UInt64) -> StreamCounts?
    ) {
        for (key, stream) in open where key.incarnation == incarnation {
            guard let found = stream.opened?.slot.flatMap({ counts($0, key.stream) }) else {
                continue
            }
            var ahead = stream
            ahead.usage = stream.evidence(with: found)
            ahead.sequence = stream.sequence ?? 0
            open[key] = ahead
            if !changes.inserts.contains(key) { changes.updates.insert(key) }
        }
    }

    /// Takes the open streams anew from the ledger, but for those of the incarnations given.
    mutating func reload(_ streams: [StreamKey: OpenStream], besides kept: Set<UInt64>) {
        open = open.filter { kept.contains($0.key.incarnation) }
            .merging(streams.filter { !kept.contains($0.key.incarnation) }) { $1 }
    }

    /// Goes on with another ledger, or with the same one opened anew.
    ///
    /// - Parameters:
    ///   - rows: the open streams that it has. Those which are not open here were settled after a backup
    ///     that is now in place, or are another gateway's: they are settled as lost in their time.
    ///   - workers: those that are attached.
    mutating func move(to rows: [StreamKey: OpenStream], workers: [WorkerIdentity]) {
        for (key, stream) in open {
            let row = rows[key]
            open[key]?.isPersisted = stream.isPersisted || row != nil
            if row?.opened == stream.opened, row?.sequence == stream.sequence { continue }
            changes.inserts.insert(key)
            changes.updates.remove(key)
        }
        for (key, row) in rows where open[key] == nil && settledNow[key] == nil {
            open[key] = row
        }
        for worker in workers where !changes.workers.contains(worker) {
            changes.workers.append(worker)
        }
    }

    /// The incarnations that have open streams.
    var incarnations: Set<UInt64> { Set(open.keys.map(\.incarnation)) }

    /// The changes are on disk.
    mutating func committed() {
        for key in changes.inserts { open[key]?.isPersisted = true }
        changes = Changes()
        calibrations.committed()
        settledNow = [:]
    }

    private mutating func close(
        _ key: StreamKey, _ stream: OpenStream, now: Int64, outcome: Outcome, status: UInt16,
        reason: String?, duration: UInt64?, sequence: UInt64?, startedAt: Int64,
        usage: StreamUsage
    ) {
        let endpoint = stream.opened?.endpoint
        let bill = BillingPolicy.bill(
            outcome: outcome, endpoint: endpoint, usage: usage,
            calibrations: calibrations.calibrations(stream.opened, usage))
        calibrations.learn(outcome, stream.opened, usage, now: now)
        let match = stream.opened?.providerModel.flatMap { prices.find($0) }
        let record = LedgerRecord(
            key: key, worker: stream.worker, opened: stream.opened, startedAt: startedAt,
            settledAt: now, streamSequence: sequence, outcome: outcome, status: status,
            reason: reason, durationNanoseconds: duration, usage: usage, bill: bill,
            priced: Pricing.price(bill, usage: usage, endpoint: endpoint, match: match))
        changes.records.append(record)
        settledNow[key] = record.settled
        changes.inserts.remove(key)
        changes.updates.remove(key)
        if stream.isPersisted { changes.removals.append(key) }
        open[key] = nil
    }
}

extension Int64 {
    /// The difference, or the nearest value that fits.
    func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : difference
    }
}
