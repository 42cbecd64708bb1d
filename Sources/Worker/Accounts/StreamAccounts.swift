import CLinux
import Diagnostics
import IPC
import NIOCore
import Redaction

/// The books of this worker: mints stream numbers, holds the slots of the counters, and gets records
/// into the usage channel with as few system calls as their promises allow.
final class StreamAccounts {
    /// Settled records that may wait for the accountant before new requests are refused.
    static let settledWaitingMax = 10_000
    /// How long a settled record may wait for others to share a system call with.
    static let settleDelay = TimeAmount.milliseconds(2)
    /// Progress reports in one go: what a ledger on a slow disk can take.
    static let reportsPerTick = 512
    /// How long a full channel is left alone.
    static let retryDelay = TimeAmount.milliseconds(10)

    /// Whether books are kept. Only a build that measures what they cost keeps none.
    static var areKept: Bool {
        #if WithoutAccounting
            false
        #else
            true
        #endif
    }

    /// A stream's number and its slot.
    struct Ticket: Equatable {
        let stream: UInt64
        let slot: UInt32
    }

    private struct Staged {
        let record: StreamOpened
        let answer: (UsageSender.Admission) -> Void
    }

    private let loop: any EventLoop
    private var sender: UsageSender
    private let counters: CounterFile
    private let slotsMax: UInt32
    private var freeSlots: [UInt32] = []
    private var slotsTouched: UInt32 = 0
    private var lastStream: UInt64 = 0
    private var staged: [Staged] = []
    private var isFlushScheduled = false
    private var moved: [Exchange] = []
    private(set) var openStreams: UInt32 = 0 {
        didSet { Breadcrumbs.setOpenStreams(Int(openStreams)) }
    }

    /// - Parameter known: secrets that no record may hold.
    init(
        loop: any EventLoop, usage: Int32, counters: CounterFile, streamsMax: Int,
        known: KnownSecrets
    ) {
        self.loop = loop
        self.counters = counters
        sender = UsageSender(descriptor: usage, known: known)
        slotsMax = min(counters.slots, UInt32(clamping: max(1, streamsMax)))
    }

    /// A number and a slot for a request; nil when it has to be refused.
    func mint() -> Ticket? {
        guard sender.settledWaiting < Self.settledWaitingMax else { return nil }
        let slot: UInt32
        if let free = freeSlots.popLast() {
            slot = free
        } else if slotsTouched < slotsMax {
            slot = slotsTouched
            slotsTouched += 1
        } else {
            return nil
        }
        lastStream += 1
        openStreams += 1
        if Self.areKept { counters.open(slot: slot, stream: lastStream) }
        return Ticket(stream: lastStream, slot: slot)
    }

    /// Sends the record at the end of this turn of the loop, together with those of other requests.
    func open(_ record: StreamOpened, _ answer: @escaping (UsageSender.Admission) -> Void) {
        guard Self.areKept else { return loop.assumeIsolated().execute { answer(.queued) } }
        staged.append(Staged(record: record, answer: answer))
        guard staged.count == 1 else { return }
        loop.assumeIsolated().execute { self.sendStaged() }
    }

    private func sendStaged() {
        let batch = staged
        staged.removeAll(keepingCapacity: true)
        let answers = sender.open(batch.map(\.record))
        for (entry, answer) in zip(batch, answers) {
            if answer == .refused, let slot = entry.record.slot {
                openStreams -= 1
                giveBack(slot)
            }
            entry.answer(answer)
        }
        giveBackReleased()
    }

    /// Records a request that is over without anything having been dialled: both records, no slot.
    ///
    /// - Returns: false where the channel is so far behind that the request leaves no record.
    func note(
        at startedAt: Int64, _ make: (UInt64) -> (StreamOpened, StreamSettled)
    ) -> Bool {
        guard sender.settledWaiting < Self.settledWaitingMax else { return false }
        guard Self.areKept else { return true }
        lastStream += 1
        let (opened, settled) = make(lastStream)
        sender.note(opened)
        sender.settle(settled, slot: nil)
        scheduleFlush(after: Self.settleDelay)
        return true
    }

    /// Publishes where a stream stands, right after a flush.
    func update(_ ticket: Ticket, _ counts: StreamCounts) {
        counters.update(slot: ticket.slot, counts)
    }

    /// The stream moved: it is in the next progress report.
    func noteMoved(_ exchange: Exchange) { moved.append(exchange) }

    /// Takes a stream's end.
    func settle(_ record: StreamSettled, _ ticket: Ticket) {
        openStreams -= 1
        guard Self.areKept else { return freeSlots.append(ticket.slot) }
        sender.settle(record, slot: ticket.slot)
        scheduleFlush(after: Self.settleDelay)
    }

    /// Takes what came to be known of a stream after its end.
    func amend(_ record: StreamAmended) {
        sender.amend(record)
        scheduleFlush(after: Self.settleDelay)
    }

    /// Reports the streams that moved since the last time, those first that have waited longest. Between
    /// two reports of a stream the counters speak for it, so many streams at once may wait their turn.
    func tick() {
        guard !moved.isEmpty else { return }
        let turn = min(moved.count, Self.reportsPerTick)
        for exchange in moved.prefix(turn) {
            if let progress = exchange.takeProgress() { sender.report(progress) }
        }
        moved.removeFirst(turn)
        flush()
    }

    /// Sends what waits. True when the kernel has everything.
    @discardableResult func flush() -> Bool {
        let condition = sender.flush()
        giveBackReleased()
        if condition == .full { scheduleFlush(after: Self.retryDelay) }
        return condition == .empty
    }

    private func scheduleFlush(after delay: TimeAmount) {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        loop.assumeIsolated().scheduleTask(in: delay) {
            self.isFlushScheduled = false
            self.flush()
        }
    }

    private func giveBackReleased() {
        for slot in sender.takeReleasedSlots() { giveBack(slot) }
    }

    private func giveBack(_ slot: UInt32) {
        counters.close(slot: slot)
        freeSlots.append(slot)
    }
}
