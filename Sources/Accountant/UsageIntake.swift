import CLinux
import GRDB
import IPC

/// From the channels to the ledger: peek everything, one commit, consume.
///
/// Nothing is consumed unless the commit that covers it returned; what a failed commit did not write
/// is peeked and applied again, which changes nothing that is known already.
struct UsageIntake {
    private let ledger: Ledger
    private let log: Log
    private(set) var channels = ChannelTable()
    private(set) var book: StreamBook
    /// Monotonic nanoseconds of the last commit.
    private(set) var lastCommit: UInt64?
    /// Frames that were skipped.
    private(set) var refusedFrames: UInt64 = 0
    private var nextFailureLine: UInt64 = 0
    private(set) var isFailing = false

    /// Records that one commit takes: bounds the time in which no ping is answered.
    private static let recordsMax = 8_192
    /// Nanoseconds between two log lines about a ledger that goes on failing.
    private static let failureLineInterval: UInt64 = 30_000_000_000

    /// - Throws: `DatabaseError`, `Ledger.Failure`.
    init(ledger: Ledger, prices: PriceTable, log: Log) throws {
        self.ledger = ledger
        self.log = log
        let (calibrations, unreadable) = try ledger.calibrations()
        if unreadable > 0 { log.line("left out \(unreadable) calibrations that cannot be read") }
        book = StreamBook(
            open: try ledger.openStreams(), calibrations: calibrations, prices: prices)
    }

    /// Prices for what is settled from now on.
    var prices: PriceTable {
        get { book.prices }
        set { book.prices = newValue }
    }

    /// Takes a worker's channel; the descriptor is the intake's from now on.
    mutating func attach(_ worker: WorkerIdentity, descriptor: Int32, counters: CounterFile?) {
        guard channels.attach(worker, descriptor: descriptor, counters: counters) else { return }
        // A ledger that cannot be asked now is asked for every stream later.
        let highest = (try? ledger.highestStream(worker.incarnation)) ?? .max
        book.register(worker, highest: highest)
        log.line(
            "attached worker \(worker.slot) of generation \(worker.generation), "
                + "incarnation \(StreamKey.hexadecimal(worker.incarnation))")
    }

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
            var taken = 0
            for incarnation in channels.nextTurn() where taken < Self.recordsMax {
                taken += try read(incarnation, ended: &ended)
            }
            try commit()
        } catch {
            channels.discard()
            report(error)
            return .failed
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
    private mutating func read(_ incarnation: UInt64, ended: inout [UInt64]) throws -> Int {
        guard let channel = channels.channels[incarnation] else { return 0 }
        switch channels.peek(incarnation) {
        case .records(let records, let refused):
            let now = route_realtime_ns()
            for record in records {
                try book.apply(
                    record, from: channel.worker, now: now, settled: { try ledger.settled($0) },
                    isRecorded: { try ledger.isRecorded($0) })
            }
            note(refused, of: incarnation)
            return records.count
        case .nothing: break
        case .ended:
            let (settled, isAll) = book.settleLost(
                incarnation: incarnation, now: route_realtime_ns(), endedNow: true,
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
        isOwner = ledger.ownership.take()
        guard isOwner else {
            if wasOwner {
                log.line("another accountant works on; open streams without a channel are its own")
            }
            return .committed(ended: [])
        }
        do {
            // What the other one has done with them since the start.
            if !wasOwner {
                book.reload(try ledger.openStreams(), besides: Set(channels.channels.keys))
            }
        } catch {
            isOwner = false
            report(error)
            return .failed
        }
        var room = Self.recordsMax
        for incarnation in orphans.sorted() where room > 0 {
            room -=
                book.settleLost(
                    incarnation: incarnation, now: route_realtime_ns(), endedNow: false,
                    limit: room, counts: { _, _ in nil }
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
            try commit()
            return .committed(ended: [])
        } catch {
            report(error)
            return .failed
        }
    }

    private mutating func commit() throws {
        guard !book.changes.isEmpty else { return }
        try ledger.commit(
            book.changes, open: book.open, now: route_realtime_ns(),
            calibrations: book.calibrations.changes)
        book.committed()
        lastCommit = route_monotonic_ns()
        if isFailing { log.line("the ledger works again") }
        isFailing = false
        nextFailureLine = 0
    }

    private mutating func report(_ error: any Error) {
        isFailing = true
        let now = route_monotonic_ns()
        guard now >= nextFailureLine else { return }
        nextFailureLine = now + Self.failureLineInterval
        log.line(
            "cannot write \(ledger.path): \(LedgerAdvice.text(error)). No record is lost: all wait in "
                + "the usage channels and are written when the ledger works again")
    }
}
