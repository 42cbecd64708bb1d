import CLinux
import Glibc
import IPC
import Redaction

/// Becoming the next version in the same process: what a reload does when the program on disk is another one.
extension Supervisor {
    /// The program on disk is not the one that this process runs.
    var isOutdated: Bool {
        guard let path = programPath, let own = program, let now = ProgramFile(path: path) else {
            return false
        }
        return now != own
    }

    /// The accountant that runs was started from another file than is on disk.
    var isAccountantOutdated: Bool {
        guard let path = configuration(accountantGeneration)?.plan.accountantPath,
            let started = table.accountant?.process?.program, let now = ProgramFile(path: path)
        else { return false }
        return now != started
    }

    /// Starts the new program once as a child, which says whether it understands what it will be given.
    mutating func startCheck() {
        let now = clock.now
        let environment = self.environment
        guard let path = programPath, let handover = makeHandover(isForCheck: true) else {
            return handleReload(.checkRefused)
        }
        defer { closePlans(of: handover) }
        do throws(ChildLauncher.Failure) {
            let memory = try Self.seal(handover)
            defer { close(memory) }
            let process = try ChildLauncher.start(
                path: path, arguments: [Successor.checkArgument],
                passed: [(Successor.descriptorName, memory)], at: now
            ) { ChildEnvironment.curated(environment, descriptors: $0) }
            sealers.append(Sealer(process: process, purpose: .check))
        } catch {
            say("reload: \(path) \(ExitCause.notStarted(error.reason).text)")
            handleReload(.checkRefused)
        }
    }

    /// Replaces this image, once everything is at rest. Returns with nothing changed while it is not, and
    /// when the new image cannot be executed.
    mutating func succeedIfAtRest() {
        guard reload.state == .resting, isAtRest, let path = programPath else { return }
        settleOutput()
        guard isAtRest, let handover = makeHandover() else { return }
        let memory: Int32
        do throws(ChildLauncher.Failure) {
            memory = try Self.seal(handover)
        } catch {
            closePlans(of: handover)
            say("reload: the handover cannot be made: \(ExitCause.text(of: error.reason))")
            return handleReload(.replaceFailed)
        }
        let reason = Successor.execute(
            path, environment: environment, handover: memory, kept: handover.descriptors)
        close(memory)
        closePlans(of: handover)
        say("reload: \(path) cannot be executed: \(ExitCause.text(of: reason))")
        handleReload(.replaceFailed)
    }

    /// Nothing is under way that a handover cannot carry.
    private var isAtRest: Bool {
        guard isReady, shutdown == nil, sealers.isEmpty, symbolizers.isEmpty, !log.isHolding
        else { return false }
        return table.rows.allSatisfy { row in
            switch row.state {
            case .waiting, .broken: row.process == nil
            case .ready, .draining:
                row.process.map { process in
                    process.controlLostAt == nil && process.control?.waiting.isEmpty != false
                } ?? false
            case .starting, .stopping, .ending, .gone: false
            }
        }
    }

    /// Reads what children have written, and logs it, so that only the begin of a line can be left.
    private mutating func settleOutput() {
        for id in table.ids {
            readErrors(id)
            let lines = table.update(id) { row -> [String] in
                row.process?.flushAt = nil
                return row.process?.output.flush() ?? []
            }
            for line in lines ?? [] { logLine(line, of: id) }
        }
    }

    /// What this supervisor knows; nil while a child writes a secret whose end has not come.
    ///
    /// - Parameter isForCheck: made at any time, of what can be handed on now, for one who only reads it.
    private func makeHandover(isForCheck: Bool = false) -> Handover? {
        guard let candidateGeneration else { return nil }
        var handover = Handover(
            lastGeneration: lastGeneration, currentGeneration: currentGeneration,
            accountantGeneration: accountantGeneration, candidateGeneration: candidateGeneration,
            isQueued: reload.isQueued, reloadsRequested: reloadsRequested,
            reloadsCovered: reloadsCovered, reloadsFinished: reloadsFinished,
            board: boardDescriptor, startedAt: startedAt,
            staleAnswers: UInt32(clamping: staleAnswers), http: http, https: https, admin: admin,
            held: held, configurations: [], rows: [],
            channels: channels.channels, notes: service.waiting)
        for row in table.rows {
            guard let state = Self.handed(row.state) else { continue }
            var handed = Handover.Row(
                role: row.role, generation: row.generation, state: state,
                failuresInRow: UInt32(clamping: row.policy.failuresInRow),
                granted: row.policy.granted, dueAt: row.dueAt, healthyAt: row.healthyAt,
                drainMilliseconds: row.drainMilliseconds, drainDeadline: row.drainDeadline,
                recentLines: row.recentLines.lines, restarts: row.restarts)
            if let process = row.process {
                let unknown = (
                    context: Redactor.Context(bytes: [], place: 0, floor: 0),
                    line: LineSplitter.Begun()
                )
                guard let position = process.output.position ?? (isForCheck ? unknown : nil) else {
                    return nil
                }
                handed.process = Handover.Process(
                    pid: process.pid, pidfd: process.pidfd, startedAt: process.startedAt,
                    program: process.program, incarnation: process.incarnation,
                    control: process.control?.socket.descriptor, errors: process.errors,
                    crash: process.crash, openStreams: process.heartbeat.openStreams,
                    context: position.context, line: position.line)
            }
            handover.rows.append(handed)
        }
        for one in configurations {
            guard
                let plan = try? one.plan.encoded().withUnsafeBytes({
                    try SealedMemory.create(name: "dd0c-route-plan", $0)
                })
            else {
                closePlans(of: handover)
                return nil
            }
            handover.configurations.append(
                Handover.Configuration(
                    generation: one.generation, plan: plan, worker: one.workerConfig,
                    accountant: one.accountantConfig))
        }
        return handover
    }

    /// The plans are the only descriptors that a handover has of its own.
    private func closePlans(of handover: Handover) {
        for one in handover.configurations { close(one.plan) }
    }

    private static func handed(_ state: ChildStateMachine.State) -> Handover.State? {
        switch state {
        case .waiting: .waiting
        case .ready: .ready
        case .draining: .draining
        case .broken: .broken
        case .starting, .stopping, .ending, .gone: nil
        }
    }

    private static func seal(_ handover: Handover) throws(ChildLauncher.Failure) -> Int32 {
        do {
            return try handover.encoded().withUnsafeBytes {
                try SealedMemory.create(name: "dd0c-route-handover", $0)
            }
        } catch SealedMemory.Failure.system(let reason) {
            throw ChildLauncher.Failure(reason: reason)
        } catch {
            throw ChildLauncher.Failure(reason: EFBIG)
        }
    }

    // MARK: The other side

    /// Goes on where the image before stood: in the middle of the reload that brought this one.
    ///
    /// - Throws: `SealedConfiguration.Failure`.
    init(
        taking handover: Handover, signals: Int32, environment: [String], clock: Clock
    ) throws(SealedConfiguration.Failure) {
        var configurations: [SealedConfiguration] = []
        for one in handover.configurations {
            configurations.append(
                try SealedConfiguration(
                    generation: one.generation, plan: one.plan, workerConfig: one.worker,
                    accountantConfig: one.accountant))
            close(one.plan)
        }
        self.init(
            signals: signals, http: handover.http, https: handover.https, admin: handover.admin,
            held: handover.held, configurations: configurations, environment: environment,
            clock: clock)
        lastGeneration = handover.lastGeneration
        currentGeneration = handover.currentGeneration
        accountantGeneration = handover.accountantGeneration
        candidateGeneration = handover.candidateGeneration
        staleAnswers = Int(handover.staleAnswers)
        reloadsRequested = handover.reloadsRequested
        reloadsCovered = handover.reloadsCovered
        reloadsFinished = handover.reloadsFinished
        startedAt = handover.startedAt
        openBoard(handover.board)
        channels = UsageChannels(channels: handover.channels)
        log.use(configuration(handover.candidateGeneration)?.known)
        let held = channels
        service.resume(handover.notes) { held.descriptor(named: $0) }
        let now = clock.now
        for row in handover.rows { take(row, at: now) }
        isReady = true
        reload = ReloadStateMachine(state: .waiting, isQueued: handover.isQueued)
        reloadDeadline = now.after(Sealer.limit)
        let children = table.rows.filter { $0.process != nil }.count
        say("took over from the image before, with \(children) children", .tookOver)
    }

    private mutating func take(_ row: Handover.Row, at now: Moment) {
        let id = table.add(row.role, generation: row.generation, dueAt: row.dueAt)
        let known = configuration(
            row.role == .accountant ? accountantGeneration : row.generation)?.known
        _ = table.update(id) { taken in
            taken.machine = ChildStateMachine(state: Self.state(row.state))
            taken.policy = RestartPolicy(
                failuresInRow: Int(row.failuresInRow), granted: row.granted)
            taken.healthyAt = row.healthyAt
            taken.drainMilliseconds = row.drainMilliseconds
            taken.drainDeadline = row.drainDeadline
            for line in row.recentLines { taken.recentLines.add(line) }
            taken.restarts = row.restarts
            guard let process = row.process else { return }
            var adopted = ChildProcess(
                pid: process.pid, pidfd: process.pidfd, startedAt: process.startedAt,
                program: process.program, incarnation: process.incarnation,
                control: process.control.map { ControlLink(descriptor: $0) },
                errors: process.errors,
                output: ChildOutput(
                    filter: OutputFilter.make(known, resuming: process.context),
                    line: process.line),
                heartbeat: Heartbeat(firstPing: now, openStreams: process.openStreams))
            adopted.crash = process.crash
            taken.process = adopted
        }
    }

    private static func state(_ state: Handover.State) -> ChildStateMachine.State {
        switch state {
        case .waiting: .waiting
        case .ready: .ready
        case .draining: .draining
        case .broken: .broken
        }
    }
}
