import GRDB
import IPC

/// From the channels to the ledger: peek everything, one commit, consume.
///
/// Nothing is consumed unless the commit that covers it returned; what a failed commit did not write
/// is peeked and applied again, which changes nothing that is known already. A ledger that cannot be
/// opened is one more way to fail: it is tried again, and the records wait.
struct UsageIntake {
    private let access: LedgerAccess
    private let log: Log
    private let clock: Clock
    private(set) var channels = ChannelTable()
    private(set) var book: StreamBook
    /// Whether `book` has what a ledger knew.
    private var hasBook = false
    /// Monotonic nanoseconds of the last commit.
    private(set) var lastCommit: UInt64?
    /// Frames that were skipped.
    private(set) var refusedFrames: UInt64 = 0
    private var nextFailureLine: UInt64 = 0
    /// What is wrong with the ledger; nil: nothing.
    private(set) var trouble: String?
    private var isReopened = false
    /// Monotonic nanoseconds since when reports have waited for a ledger that does not take them.
    private(set) var waitingSince: UInt64?
    /// Shows what is in the ledger.
    var requests: RequestLog

    /// Records that one commit takes: bounds the time in which no ping is answered.
    private static let recordsMax = 8_192
    /// Nanoseconds between two log lines about a ledger that goes on failing in the same way.
    private static let failureLineInterval: UInt64 = 30_000_000_000

    /// An intake whose ledger is opened with the first try to write.
    init(access: LedgerAccess, prices: PriceTable, log: Log, clock: Clock) {
        self.access = access
        self.log = log
        self.clock = clock
        book = StreamBook(prices: prices)
        requests = RequestLog(clock: clock, write: log.offer)
    }

    /// An intake on a ledger that is open.
    ///
    /// - Throws: `DatabaseError`, `Ledger.Failure`.
    init(ledger: Ledger, prices: PriceTable, log: Log, clock: Clock = .system) throws {
        self.init(access: LedgerAccess(ledger), prices: prices, log: log, clock: clock)
        try open()
    }

    /// Prices for what is settled from now on.
    var prices: PriceTable {
        get { book.prices }
        set { book.prices = newValue }
    }

    /// Whether the last try to write failed, and records wait.
    var isFailing: Bool { trouble != nil }

    /// Whether the ledger is open, and what it knows is in the book.
    var isOpen: Bool { hasBook && access.ledger != nil }

    /// Whether a ledger was opened since the last call: it may have streams of workers that are gone.
    mutating func takeReopened() -> Bool {
        defer { isReopened = false }
        return isReopened
    }

    /// Takes a worker's channel; the descriptor is the intake's from now on.
    mutating func attach(_ worker: WorkerIdentity, descriptor: Int32, counters: CounterFile?) {
        guard channels.attach(worker, descriptor: descriptor, counters: counters) else { return }
        register(worker, access.ledger)
        log.line(
            "attached worker \(worker.slot) of generation \(worker.generation), "
                + "incarnation \(StreamKey.hexadecimal(worker.incarnation))")
    }

    private mutating func register(_ worker: WorkerIdentity, _ ledger: Ledger?) {
        // A ledger that cannot be asked now is asked for every stream later.
        let highest = ledger.flatMap { try? $0.highestStream(worker.incarnation) } ?? .max
        book.register(worker, highest: highest)
    }

    // MARK: The ledger

    /// Opens the ledger where it is not.
    ///
    /// - Throws: what is wrong with it: `DatabaseError`, `Ledger.Failure`, or a file system error.
    mutating func open() throws { _ = try openLedger() }

    private mutating func openLedger() throws -> Ledger {
        if let ledger = access.ledger {
            if access.isInPlace {
                if !hasBook { try take(ledger) }
                return ledger
            }
            let aside = access.abandon()
            log.line(
                "\(access.path) was removed or replaced while it was in use; going on with what is "
                    + "there now" + (aside.map { ". Its log is kept as \($0)" } ?? ""))
        }
        let ledger = try access.open()
        do {
            try take(ledger)
        } catch {
            access.close()
            throw error
        }
        isReopened = true
        return ledger
    }

    /// Takes what a ledger knows into the book, and of the book what the ledger does not know.
    private mutating func take(_ ledger: Ledger) throws {
        let rows = try ledger.openStreams()
        if hasBook {
            book.move(to: rows, workers: channels.channels.values.map(\.worker))
            return
        }
        let (calibrations, unreadable) = try ledger.calibrations()
        if unreadable > 0 { log.line("left out \(unreadable) calibrations that cannot be read") }
        book = StreamBook(open: rows, calibrations: calibrations, prices: book.prices)
        for channel in channels.channels.values { register(channel.worker, ledger) }
        hasBook = true
    }

    // MARK: Group commits

    /// How one group commit ended.
    enum Outcome: Equatable {
        /// All is on disk; the channels of these incarnations were read to their end and let go.
        case committed(ended: [UInt64])
        /// Nothing was consumed. To be tried again.
        case failed
    }

    /// One group commit of what waits in all channels.
    mutating func collect() -> Outcome {
        var ended: [UInt64] = []
        do {
            let ledger = try openLedger()
            var taken = 0
            for incarnation in channels.nextTurn() where taken < Self.recordsMax {
                taken += try read(incarnation, ledger, ended: &ended)
            }
            try commit(ledger)
        } catch {
            return fail(error)
        }
        for incarnation in channels.consume() {
            park(incarnation, "the socket did not give back what it had shown")
        }
        for incarnation in ended {
            book.forget(incarnation)
            channels.release(incarnation)
        }
        return .committed(ended: ended)
    }

    /// Applies what waits in one channel; returns the number of records.
    private mutating func read(
        _ incarnation: UInt64, _ ledger: Ledger, ended: inout [UInt64]
    ) throws -> Int {
        guard let channel = channels.channels[incarnation] else { return 0 }
        switch channels.peek(incarnation) {
        case .records(let records, let refused):
            let now = clock.realtime
            let monotonic = clock.monotonic
            for record in records {
                try book.apply(
                    record, from: channel.worker, now: now, monotonic: monotonic,
                    settled: { try ledger.settled($0) }, isRecorded: { try ledger.isRecorded($0) })
            }
            note(refused, of: incarnation)
            return records.count
        case .nothing: break
        case .ended:
            let (settled, isAll) = book.settleLost(
                incarnation: incarnation, now: clock.realtime, endedAt: clock.monotonic,
                limit: Self.recordsMax, counts: channel.counts)
            // The rest with the next commit: the channel shows its end again.
            if isAll { ended.append(incarnation) }
            return settled
        case .corrupt(let failure): park(incarnation, "no frame can be found: \(failure)")
        case .failed(let code): park(incarnation, "the socket failed with errno \(code)")
        }
        return 0
    }

    /// Frames that this build cannot read: of another version, the channel is kept as it is for a build
    /// that can; broken ones are skipped, later records of the stream cover them.
    private mutating func note(_ refused: [DecodingFailure], of incarnation: UInt64) {
        for failure in refused {
            if case .unknownVersion(let version) = failure {
                park(incarnation, "records of format \(version) need another version")
                return
            }
        }
        guard let first = refused.first else { return }
        refusedFrames += UInt64(refused.count)
        log.line(
            "skipped \(refused.count) unreadable frames of incarnation "
                + "\(StreamKey.hexadecimal(incarnation)), the first: \(first)")
    }

    private mutating func park(_ incarnation: UInt64, _ reason: String) {
        channels.park(incarnation, reason: reason)
        log.line(
            "incarnation \(StreamKey.hexadecimal(incarnation)): channel is no longer read, "
                + "its bytes are kept: \(reason)")
    }

    /// Workers that have open streams and no channel: they ended while no accountant and no supervisor
    /// could see it.
    var orphans: Set<UInt64> { book.incarnations.subtracting(channels.channels.keys) }

    /// Whether streams of workers without a channel are this accountant's: not while another one works on,
    /// whose workers they may be.
    private(set) var isOwner = true

    /// Settles streams of workers without a channel, as many as one commit takes.
    mutating func settleOrphans() -> Outcome {
        let wasOwner = isOwner
        do {
            let ledger = try openLedger()
            isOwner = ledger.ownership.take()
            guard isOwner else {
                if wasOwner {
                    log.line(
                        "another accountant works on; open streams without a channel are its own")
                }
                return .committed(ended: [])
            }
            // What the other one has done with them since the start.
            if !wasOwner {
                book.reload(try ledger.openStreams(), besides: Set(channels.channels.keys))
            }
        } catch {
            isOwner = false
            return fail(error)
        }
        var room = Self.recordsMax
        for incarnation in orphans.sorted() where room > 0 {
            room -=
                book.settleLost(
                    incarnation: incarnation, now: clock.realtime, endedAt: nil, limit: room,
                    counts: { _, _ in nil }
                ).settled
        }
        guard room < Self.recordsMax else { return .committed(ended: []) }
        log.line("settled \(Self.recordsMax - room) streams of workers that are gone")
        return flush()
    }

    /// Writes what the counters know of streams that stay open, before the process ends.
    mutating func checkpoint() -> Outcome {
        for (incarnation, channel) in channels.channels {
            book.checkpoint(incarnation: incarnation, counts: channel.counts)
        }
        return flush()
    }

    private mutating func flush() -> Outcome {
        do {
            try commit(try openLedger())
            return .committed(ended: [])
        } catch {
            return fail(error)
        }
    }

    private mutating func commit(_ ledger: Ledger) throws {
        if !book.changes.isEmpty {
            try ledger.commit(
                book.changes, open: book.open, now: clock.realtime,
                calibrations: book.calibrations.changes)
            // What went into a file that is gone is not on disk.
            guard access.isInPlace else { throw LedgerAccess.Failure.replaced }
            requests.show(book.changes.records)
            book.committed()
            lastCommit = clock.monotonic
        }
        waitingSince = nil
        guard isFailing else { return }
        log.line("the ledger works again: \(access.path)")
        setTrouble(nil)
        nextFailureLine = 0
    }

    // MARK: Failures

    private mutating func fail(_ error: any Error) -> Outcome {
        channels.discard()
        if waitingSince == nil { waitingSince = clock.monotonic }
        report(error)
        if LedgerAdvice.isReopened(error) { access.close() }
        return .failed
    }

    private mutating func setTrouble(_ text: String?) {
        trouble = text
        access.note(text)
    }

    private mutating func report(_ error: any Error) {
        let now = clock.monotonic
        let text = LedgerAdvice.text(error)
        let isNew = text != trouble
        setTrouble(text)
        guard isNew || now >= nextFailureLine else { return }
        nextFailureLine = now + Self.failureLineInterval
        log.line(
            "cannot write \(access.path): \(text). No record is lost: all wait in the usage channels "
                + "and are written when the ledger works again")
    }
}
