import CLinux
import Configuration
import Glibc
import IPC
import Secrets

/// The accountant's only working thread: waits for the control socket and all usage channels.
///
/// Pings are answered between two commits, so a ledger that hangs shows in the heartbeat.
struct AccountantLoop {
    /// Times of the loop, nanoseconds.
    struct Times: Sendable {
        /// How long records are collected before a commit. With the commit itself below 20 ms.
        var collect: UInt64 = 10_000_000
        /// First pause after a commit that failed; doubled up to `retryMax`.
        var retry: UInt64 = 100_000_000
        var retryMax: UInt64 = 5_000_000_000
        /// After the start, how long workers that are in the ledger may take to be attached again. The
        /// supervisor attaches all it knows right after `ready`.
        var orphans: UInt64 = 10_000_000_000
        /// Added to the time of a drain: workers settle what they cut off at its very end.
        var drainGrace: UInt64 = 2_000_000_000
        /// How long workers may drain after the supervisor died.
        var abandoned: UInt64 = 3_600_000_000_000
    }

    private let control: ControlSocket
    private let times: Times
    private let status: AccountantStatus
    private let shipped: ShippedPrices
    private let log: Log
    private let clock: Clock
    private var configuration: AccountantConfiguration
    private var intake: UsageIntake
    private var rotation: LedgerRotation?

    private var isControlGone = false
    private var outbox: [ControlMessage] = []
    /// All times are monotonic nanoseconds; nil: not due.
    private var collectAt: UInt64?
    private var retryAt: UInt64?
    private var retryPause: UInt64
    private var orphansAt: UInt64?
    private var drainUntil: UInt64?

    init(
        control: ControlSocket, configuration: AccountantConfiguration, intake: UsageIntake,
        rotation: LedgerRotation? = nil, shipped: ShippedPrices, status: AccountantStatus, log: Log,
        times: Times = Times(), clock: Clock = .system
    ) {
        self.control = control
        self.configuration = configuration
        self.intake = intake
        self.rotation = rotation
        self.shipped = shipped
        self.status = status
        self.log = log
        self.times = times
        self.clock = clock
        retryPause = times.retry
        self.intake.requests.linesPerSecond =
            configuration.requestLines ?? RequestLog.linesStandard
    }

    /// Says `ready` and works until every channel has ended after a drain.
    ///
    /// A ledger that cannot be opened is no reason to wait with `ready`: workers can relay, and their
    /// records can wait.
    ///
    /// - Returns: the exit status: 0, or 74 (EX_IOERR) when records could not be written in time.
    mutating func run() -> Int32 {
        send(.ready)
        orphansAt = clock.monotonic + times.orphans
        if !intake.isOpen { retryAt = clock.monotonic }
        while true {
            let now = clock.monotonic
            workDue(now)
            publish()
            if let status = exitStatus(clock.monotonic) {
                intake.requests.finish()
                if status == 0 { rotation?.finish() }
                return status
            }
            wait()
        }
    }

    // MARK: What is due

    private mutating func workDue(_ now: UInt64) {
        flushOutbox()
        if let due = retryAt ?? collectAt, now >= due {
            collectAt = nil
            retryAt = nil
            handle(intake.collect())
        }
        if retryAt == nil { rotation?.signIfDue(now) }
        intake.requests.sumUpIfDue(now)
        if let due = orphansAt, now >= due, retryAt == nil {
            handle(intake.settleOrphans())
            orphansAt =
                intake.isOwner ? (intake.orphans.isEmpty ? nil : now) : now + times.orphans
        }
    }

    private mutating func handle(_ outcome: UsageIntake.Outcome) {
        switch outcome {
        case .committed(let ended):
            retryPause = times.retry
            if intake.takeReopened(), !intake.orphans.isEmpty, orphansAt == nil {
                orphansAt = clock.monotonic + times.orphans
            }
            for incarnation in ended {
                log.line("released incarnation \(StreamKey.hexadecimal(incarnation))")
                send(.released(incarnation: incarnation))
            }
        case .failed:
            retryAt = clock.monotonic + retryPause
            retryPause = min(retryPause * 2, times.retryMax)
        }
    }

    /// The exit status when there is nothing left to do, or no time.
    private mutating func exitStatus(_ now: UInt64) -> Int32? {
        guard let drainUntil else { return nil }
        if intake.channels.readable.isEmpty, retryAt == nil {
            let parked = intake.channels.parked.count
            if intake.orphans.isEmpty || !intake.isOwner {
                log.line(
                    parked == 0
                        ? "all streams are settled" : "\(parked) channels are left unread, parked")
                return 0
            }
            // No worker can be attached any more: what is open of others is lost with them.
            orphansAt = now
        }
        guard now >= drainUntil else { return nil }
        log.line(
            "drain time is over with \(intake.channels.readable.count) channels and "
                + "\(intake.book.open.count) streams open; they are settled at the next start")
        handle(intake.collect())
        handle(intake.checkpoint())
        return intake.isFailing ? 74 : 0
    }

    // MARK: Waiting

    private mutating func wait() {
        var entries: [pollfd] = []
        if !isControlGone {
            let events = outbox.isEmpty ? POLLIN : POLLIN | POLLOUT
            entries.append(pollfd(fd: control.descriptor, events: Int16(events), revents: 0))
        }
        let firstChannel = entries.count
        // While records are being collected, or the ledger fails, the channels stay ready and are not asked.
        if collectAt == nil, retryAt == nil {
            for descriptor in intake.channels.readable {
                entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
            }
        }
        let ready = poll(&entries, nfds_t(entries.count), timeout(clock.monotonic))
        guard ready > 0 else { return }
        if entries.dropFirst(firstChannel).contains(where: { $0.revents != 0 }) {
            collectAt = clock.monotonic + times.collect
        }
        if firstChannel > 0, entries[0].revents != 0 { receive() }
    }

    /// Milliseconds to the next thing that is due, rounded up; -1 when nothing is.
    private func timeout(_ now: UInt64) -> Int32 {
        let later = retryAt == nil ? [orphansAt, rotation?.dueAt] : []
        let due = ([collectAt, retryAt, drainUntil, intake.requests.dueAt] + later).compactMap(
            \.self)
        guard let next = due.min() else { return -1 }
        guard next > now else { return 0 }
        return Int32(clamping: (next - now + 999_999) / 1_000_000)
    }

    // MARK: Control

    private mutating func receive() {
        while !isControlGone {
            switch control.receive() {
            case .message(let message, let descriptors): handle(message, descriptors)
            case .refused(let failure):
                log.line("refused a message of the supervisor: \(failure)")
            case .nothing: return
            case .gone:
                isControlGone = true
                outbox = []
                log.line("the supervisor is gone; working on until every worker has ended")
                if drainUntil == nil { drainUntil = clock.monotonic + times.abandoned }
            }
        }
    }

    private mutating func handle(_ message: ControlMessage, _ descriptors: [Int32]) {
        switch message {
        case .ping(let number):
            send(
                .pong(
                    number, openStreams: UInt32(clamping: intake.book.open.count),
                    residentBytes: route_resident_bytes()))
        case .attach(let worker):
            attach(worker, descriptors)
            return
        case .configure: configure(descriptors)
        case .drain(let milliseconds):
            log.line("draining for at most \(milliseconds) ms")
            drainUntil =
                clock.monotonic + UInt64(milliseconds) * 1_000_000 + times.drainGrace
        case .ready, .pong, .released, .configured:
            log.line("refused a message that only children send")
        }
        for descriptor in descriptors { close(descriptor) }
    }

    private mutating func attach(_ worker: WorkerIdentity, _ descriptors: [Int32]) {
        guard descriptors.count == 2, drainUntil == nil else {
            log.line(
                drainUntil == nil
                    ? "refused to attach worker \(worker.slot): \(descriptors.count) descriptors"
                    : "refused to attach worker \(worker.slot): draining")
            for descriptor in descriptors { close(descriptor) }
            return
        }
        // The mapping outlives its descriptor.
        defer { close(descriptors[1]) }
        var counters: CounterFile?
        do throws(CounterFile.Failure) {
            counters = try CounterFile(descriptor: descriptors[1], writable: false)
        } catch {
            log.line("worker \(worker.slot) has no counters that can be read: \(error)")
        }
        intake.attach(worker, descriptor: descriptors[0], counters: counters)
    }

    private mutating func configure(_ descriptors: [Int32]) {
        guard let descriptor = descriptors.first, descriptors.count == 1 else {
            log.line("refused a configuration: \(descriptors.count) descriptors")
            send(.configured(accepted: false))
            return
        }
        do {
            let (new, secrets) = try AccountantConfiguration.read(descriptor)
            guard new.stateDirectory == configuration.stateDirectory else {
                log.line("refused a configuration: state_directory can only change with a restart")
                send(.configured(accepted: false))
                return
            }
            intake.prices = try PriceTable(rules: new.prices, shipped: shipped)
            rotation?.take(new, secrets: secrets)
            intake.requests.linesPerSecond = new.requestLines ?? RequestLog.linesStandard
            configuration = new
            log.line("took a new configuration with \(new.prices.count) prices")
            send(.configured(accepted: true))
        } catch {
            log.line("refused a configuration: \(error)")
            send(.configured(accepted: false))
        }
    }

    private mutating func send(_ message: ControlMessage) {
        guard !isControlGone else { return }
        outbox.append(message)
        flushOutbox()
    }

    private mutating func flushOutbox() {
        while let message = outbox.first, control.send(message) == .sent { outbox.removeFirst() }
    }

    private func publish() {
        status.publish(
            AccountantStatus.Snapshot(
                openStreams: intake.book.open.count,
                attachedChannels: intake.channels.channels.count, parked: intake.channels.parked,
                lastCommit: intake.lastCommit, isLedgerFailing: intake.isFailing,
                trouble: intake.trouble,
                isDraining: drainUntil != nil, waitingSince: intake.waitingSince,
                queuedBytes: intake.channels.queuedBytes, refusedFrames: intake.refusedFrames,
                refusedAmendments: intake.book.refusedAmendments,
                counters: intake.channels.counters))
    }
}

extension AccountantConfiguration {
    /// Reads the sealed configuration behind a descriptor, which stays the caller's.
    ///
    /// - Throws: `SealedMemory.Failure`, `SealedDocument.Failure`.
    static func read(
        _ descriptor: Int32
    ) throws -> (configuration: AccountantConfiguration, secrets: [Secret]) {
        try SealedMemory.withContent(of: descriptor) { bytes in
            let document = try SealedDocument.decode(AccountantConfiguration.self, from: bytes)
            return (document.value, document.secrets)
        }
    }
}
