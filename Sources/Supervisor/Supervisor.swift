import CLinux
import Glibc
import IPC

/// The process that outlives all others: one thread around poll(2).
///
/// It interprets no billing data and accepts no connection. Decisions are made by values without I/O
/// (`ChildStateMachine`, `RestartPolicy`, `ReloadStateMachine`, `ProcessTable`); this is what carries
/// them out. A struct, so that exclusive access is proved when it is built and not checked when it runs.
struct Supervisor {
    /// The loop wakes at least so often, milliseconds.
    static let idleMax: UInt64 = 1_000
    /// journald is asked so often whether it has room again, milliseconds.
    static let journalEvery: UInt64 = 100
    /// Processes that were orphaned by our children are reaped so often, milliseconds.
    static let orphansEvery: UInt64 = 10_000

    let signals: Int32
    let clock: Clock
    let environment: [String]
    let admin: [Int32]
    /// Held as long as this process runs, and never used: the state directory's lock.
    let held: [Int32]
    /// Where this program is on disk, and which file it was there; nil where /proc cannot be read.
    let programPath = ProgramFile.ownPath()
    let program = ProgramFile(path: "/proc/self/exe")
    var http: [Int32]
    /// For clients that speak TLS.
    var https: [Int32]
    var log: LogSink
    var service = ServiceManager()
    var table = ProcessTable()
    var channels = UsageChannels()

    /// All generations that are in use.
    var configurations: [SealedConfiguration]
    var lastGeneration: UInt32
    /// The generation that serves.
    var currentGeneration: UInt32
    /// The generation whose configuration the accountant has.
    var accountantGeneration: UInt32
    /// The generation that a reload is about.
    var candidateGeneration: UInt32?

    var reload = ReloadStateMachine()
    var reloadDeadline: Moment?
    var sealers: [Sealer] = []
    /// Entries on crashes that wait for the names of their functions.
    var symbolizers: [Symbolizer] = []
    var killCounter = KillCounter()
    /// SIGHUP came before the service was ready.
    var isReloadWanted = false
    /// The accountant drains, and its row is to be followed by another.
    var isAccountantRenewed = false
    /// Answers to `configure` that belong to no reload.
    var staleAnswers = 0

    /// Reloads that were asked for, those that the present or last one covers, and those that are over.
    var reloadsRequested: UInt32 = 0
    var reloadsCovered: UInt32 = 0
    var reloadsFinished: UInt32 = 0
    /// Why the last one changed nothing; empty: it is in force.
    var reloadRefusal: [String] = []
    /// What the programs of the present one have said.
    var reloadLines: [String] = []

    var board: ServiceBoard?
    var boardDescriptor: Int32?
    var boardShownAt = Moment(milliseconds: 0)
    var shownFinished: UInt32 = 0
    var isReadyShown = false
    /// When the service started, whatever images it had since.
    var startedAt: Moment

    var isReady = false
    var shutdown: Shutdown?
    var exitCode: Int32?
    var watchdogAt: Moment?
    var orphansAt: Moment

    /// - Parameters:
    ///   - configuration: the first generation.
    ///   - inherited: where channels of an earlier supervisor may be.
    init(
        signals: Int32, http: [Int32], https: [Int32], admin: [Int32], held: [Int32],
        configuration: SealedConfiguration, environment: [String], inherited: InheritedDescriptors,
        clock: Clock
    ) {
        self.init(
            signals: signals, http: http, https: https, admin: admin, held: held,
            configurations: [configuration], environment: environment, clock: clock)
        log.use(configuration.known)
        openBoard()
        _ = table.add(.accountant, generation: 0, dueAt: clock.now)
        for name in channels.restore(inherited.listing) { service.unstore(name) }
        let restored = channels.channels.count
        if restored > 0 { say("\(restored) channels of an earlier run are still to be settled") }
    }

    /// One without children.
    ///
    /// - Parameter configurations: not empty; the last one is in force.
    init(
        signals: Int32, http: [Int32], https: [Int32], admin: [Int32], held: [Int32],
        configurations: [SealedConfiguration], environment: [String], clock: Clock
    ) {
        self.signals = signals
        self.clock = clock
        log = LogSink(descriptor: 2, journal: .connected(to: 2), clock: clock)
        self.http = http
        self.https = https
        self.admin = admin
        self.environment = environment
        self.held = held
        self.configurations = configurations
        let generation = configurations.last?.generation ?? 0
        lastGeneration = generation
        currentGeneration = generation
        accountantGeneration = generation
        let now = clock.now
        startedAt = now
        orphansAt = now.after(Self.orphansEvery)
        watchdogAt = service.watchdogInterval.map { now.after($0) }
    }

    /// Runs until the service has ended, and gives the process's exit code.
    mutating func run() -> Int32 {
        while true {
            evaluate()
            if let exitCode { return finish(exitCode) }
            let started = clock.now
            let span = sleepMilliseconds(at: started)
            var waiting = pollSet()
            let ready = waiting.wait(milliseconds: span)
            let now = clock.now
            forgivePause(plannedWake: started.after(span), now)
            for entry in ready { handle(entry) }
            runTimers(at: clock.now)
            service.flush()
            log.flush()
        }
    }

    /// The plan that is in force.
    var plan: LaunchPlan? { configuration(currentGeneration)?.plan }

    /// The configuration of a generation.
    func configuration(_ generation: UInt32) -> SealedConfiguration? {
        configurations.first { $0.generation == generation }
    }

    /// Logs a line of this process's own.
    mutating func say(
        _ text: String, _ kind: MessageID? = nil, _ priority: LogEntry.Priority = .info,
        about row: ChildRow? = nil
    ) {
        log.write(
            LogEntry(
                priority: priority, kind: kind, text: text,
                fields: row.map { LogEntry.fields(of: $0) } ?? []))
    }

    // Errors before control before exits: what a child said stands before how it ended.
    private func pollSet() -> PollSet {
        var set = PollSet()
        for row in table.rows {
            if let errors = row.process?.errors { set.add(.childErrors(row.id), errors) }
        }
        for sealer in sealers {
            if let errors = sealer.process.errors {
                set.add(.sealerErrors(sealer.process.pid), errors)
            }
        }
        for symbolizer in symbolizers {
            guard let errors = symbolizer.process.errors else { continue }
            set.add(.symbolizerErrors(symbolizer.process.pid), errors)
        }
        for row in table.rows {
            guard let control = row.process?.control else { continue }
            set.add(
                .childControl(row.id), control.socket.descriptor, writing: !control.waiting.isEmpty)
        }
        for sealer in sealers {
            guard let control = sealer.process.control else { continue }
            set.add(.sealerControl(sealer.process.pid), control.socket.descriptor)
        }
        for row in table.rows {
            if let process = row.process { set.add(.childExit(row.id), process.pidfd) }
        }
        for sealer in sealers { set.add(.sealerExit(sealer.process.pid), sealer.process.pidfd) }
        for symbolizer in symbolizers {
            set.add(.symbolizerExit(symbolizer.process.pid), symbolizer.process.pidfd)
        }
        set.add(.signals, signals)
        if log.isWaitingForDescriptor { set.add(.ownErrors, 2, reading: false, writing: true) }
        return set
    }

    private mutating func handle(_ ready: PollSet.Ready) {
        switch ready.source {
        case .childErrors(let id): readErrors(id)
        case .childControl(let id):
            if ready.isWritable { flushControl(id) }
            if ready.isReadable { readControl(id) }
        case .childExit(let id): reap(id)
        case .sealerErrors(let pid): readSealerErrors(pid)
        case .sealerControl(let pid): readSealerControl(pid)
        case .sealerExit(let pid): reapSealer(pid)
        case .symbolizerErrors(let pid): readSymbolizer(pid)
        case .symbolizerExit(let pid): reapSymbolizer(pid)
        case .signals: readSignals()
        case .ownErrors: log.flush()
        }
    }

    private func sleepMilliseconds(at now: Moment) -> UInt64 {
        let hungLimit = plan?.hungMilliseconds ?? .max
        var next: Moment? = now.after(Self.idleMax)
        for row in table.rows {
            next = next.earlier(row.nextTimer(hungLimit: hungLimit))
                .earlier(row.process?.flushAt)
        }
        for symbolizer in symbolizers where symbolizer.facts.withoutSymbols == nil {
            next = next.earlier(symbolizer.deadline)
        }
        if log.isHolding, !log.isWaitingForDescriptor {
            next = next.earlier(now.after(Self.journalEvery))
        }
        next = next.earlier(watchdogAt).earlier(reloadDeadline).earlier(shutdown?.extendAt)
        return next.map { $0.since(now) } ?? Self.idleMax
    }

    /// This process did not run for a while (a stopped machine, SIGSTOP): that is no child's fault.
    private mutating func forgivePause(plannedWake: Moment, _ now: Moment) {
        guard now.since(plannedWake) > Self.idleMax else { return }
        for id in table.ids {
            _ = table.update(id) { $0.process?.heartbeat.restartClock(at: now) }
        }
    }

    private mutating func runTimers(at now: Moment) {
        let hungLimit = plan?.hungMilliseconds ?? .max
        for id in table.ids {
            let events = table.update(id) { $0.expired(at: now, hungLimit: hungLimit) } ?? []
            for event in events { apply(event, to: id) }
            let lines = table.update(id) { $0.process?.flushErrors(at: now) ?? [] } ?? []
            for line in lines { logLine(line, of: id) }
        }
        expireSymbolizers(at: now)
        if let deadline = reloadDeadline, deadline <= now {
            reloadDeadline = nil
            handleReload(.deadline)
        }
        if let at = watchdogAt, at <= now, let interval = service.watchdogInterval {
            watchdogAt = now.after(interval)
            if table.rows.allSatisfy({ $0.isAnswering(at: now) }) { service.alive() }
        }
        if let at = shutdown?.extendAt, at <= now {
            shutdown?.extendAt = now.after(Shutdown.extendEvery)
            service.extend(milliseconds: Shutdown.extendBy)
        }
        if orphansAt <= now {
            orphansAt = now.after(Self.orphansEvery)
            reapOrphans()
        }
    }

    private mutating func readSignals() {
        for _ in 0..<16 {
            let signal = route_signalfd_read(signals)
            switch signal {
            case SIGTERM: requestStop("SIGTERM")
            case SIGINT: requestStop("SIGINT")
            case SIGHUP: requestReload()
            case SIGUSR2: say("SIGUSR2 has no meaning yet; nothing is done")
            default: return
            }
        }
    }

    private mutating func finish(_ code: Int32) -> Int32 {
        if let reason = shutdown?.reason {
            let lastLine = shutdown?.lastLine.map { "; it said: \($0)" } ?? ""
            say("stopped with exit code \(code): \(reason)\(lastLine)", .stopped, .error)
        } else {
            say("stopped, exit code \(code)", .stopped)
        }
        service.finish(milliseconds: 1_000, by: clock)
        log.finish(milliseconds: 1_000)
        return code
    }
}
