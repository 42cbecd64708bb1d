import CLinux
import Glibc
import IPC

/// Carrying out what the rows' state machines decide.
extension Supervisor {
    /// Gives an event to a row and does what follows from it.
    mutating func apply(_ event: ChildStateMachine.Event, to id: UInt64) {
        let reason = killReason(for: event)
        let isOverdue = event == .drainDeadline
        let actions =
            table.update(id) { row -> [ChildStateMachine.Action] in
                let actions = row.machine.handle(event)
                if actions.contains(.kill) {
                    row.killReason = reason
                    row.isOverdue = isOverdue
                }
                return actions
            } ?? []
        for action in actions { perform(action, on: id) }
    }

    private func killReason(for event: ChildStateMachine.Event) -> String? {
        switch event {
        case .readyDeadline: "it did not become ready within \(ChildRow.readyLimit / 1_000) s"
        case .hung: "it answered no ping for \(plan?.hungMilliseconds ?? 0) ms"
        case .controlClosed: "it closed its control socket and ran on"
        case .drainDeadline: "it did not finish within the time of its drain"
        case .due, .spawned, .lostRetry, .lostForGood, .ready, .pingDue, .pong, .healthy, .drain:
            nil
        }
    }

    private mutating func perform(_ action: ChildStateMachine.Action, on id: UInt64) {
        let now = clock.now
        switch action {
        case .spawn: launch(id)
        case .armReadyDeadline:
            _ = table.update(id) { $0.readyDeadline = now.after(ChildRow.readyLimit) }
        case .armRetry: _ = table.update(id) { $0.dueAt = now.after($0.retryDelay) }
        case .sendPing: ping(id, at: now)
        case .noteAlive: break  // The heartbeat took the answer with the message.
        case .sendDrain: sendDrain(id, at: now)
        case .kill: kill(id, at: now)
        case .forgive: _ = table.update(id) { $0.policy.forgive() }
        case .announceReady: announceReady(id, at: now)
        case .announceBroken: announceBroken(id)
        }
    }

    private mutating func launch(_ id: UInt64) {
        guard let row = table.row(id) else { return }
        let now = clock.now
        do throws(ChildLauncher.Failure) {
            let crash = try makeCrashFile()
            var process: ChildProcess
            do throws(ChildLauncher.Failure) {
                process =
                    switch row.role {
                    case .accountant: try startAccountant(crash, at: now)
                    case .worker(let slot): try startWorker(slot, row.generation, crash, at: now)
                    }
            } catch {
                close(crash)
                throw error
            }
            process.crash = crash
            let started = process
            let filled = table.update(id) {
                $0.process = started
                $0.killReason = nil
                $0.isOverdue = false
                $0.killedAt = nil
                $0.recentLines.clear()
                $0.runtimeMessage.clear()
                return $0
            }
            say(
                "\((filled ?? row).title) started\(generationNote(row.generation))", .childStarted,
                about: filled)
            apply(.spawned, to: id)
            if let incarnation = process.incarnation {
                store(incarnation)
                attach(incarnation)
            }
        } catch {
            lost(id, .notStarted(error.reason))
        }
    }

    /// Generations are named only where there has been more than one.
    private func generationNote(_ generation: UInt32) -> String {
        lastGeneration > 1 && generation > 0 ? ", generation \(generation)" : ""
    }

    private func makeCrashFile() throws(ChildLauncher.Failure) -> Int32 {
        do throws(CrashFile.Failure) {
            return try CrashFile.create()
        } catch {
            guard case .system(let reason) = error else {
                throw ChildLauncher.Failure(reason: EINVAL)
            }
            throw ChildLauncher.Failure(reason: reason)
        }
    }

    private mutating func startAccountant(
        _ crash: Int32, at now: Moment
    ) throws(ChildLauncher.Failure) -> ChildProcess {
        guard let configuration = configuration(accountantGeneration) else {
            throw ChildLauncher.Failure(reason: EINVAL)
        }
        let passed: [ChildLauncher.Passed] =
            [
                (InheritedDescriptors.Name.config, configuration.accountantConfig),
                (InheritedDescriptors.Name.crash, crash),
            ]
            + admin.map { (InheritedDescriptors.Name.admin, $0) }
            + (boardDescriptor.map { [(InheritedDescriptors.Name.board, $0)] } ?? [])
        let environment = self.environment
        return try ChildLauncher.start(
            path: configuration.plan.accountantPath, passed: passed, known: configuration.known,
            at: now
        ) { ChildEnvironment.curated(environment, descriptors: $0) }
    }

    private mutating func startWorker(
        _ slot: UInt16, _ generation: UInt32, _ crash: Int32, at now: Moment
    ) throws(ChildLauncher.Failure) -> ChildProcess {
        guard let configuration = configuration(generation) else {
            throw ChildLauncher.Failure(reason: EINVAL)
        }
        let incarnation = try mintIncarnation()
        let channel: UsageChannels.Channel
        do throws(UsageChannels.Failure) {
            channel = try channels.open(
                WorkerIdentity(incarnation: incarnation, slot: slot, generation: generation),
                slots: configuration.plan.streamsPerWorker)
        } catch {
            throw ChildLauncher.Failure(reason: error.reason)
        }
        guard let usage = channel.sendingEnd else { throw ChildLauncher.Failure(reason: EBADF) }
        let passed: [ChildLauncher.Passed] =
            [
                (InheritedDescriptors.Name.config, configuration.workerConfig),
                (InheritedDescriptors.Name.usage, usage),
                (InheritedDescriptors.Name.counters, channel.counters),
                (InheritedDescriptors.Name.crash, crash),
            ] + http.map { (InheritedDescriptors.Name.http, $0) }
            + https.map { (InheritedDescriptors.Name.https, $0) }
        let environment = self.environment
        do throws(ChildLauncher.Failure) {
            return try ChildLauncher.start(
                path: configuration.plan.workerPath, passed: passed, incarnation: incarnation,
                known: configuration.known, at: now
            ) { ChildEnvironment.curated(environment, descriptors: $0) }
        } catch {
            channels.discard(incarnation)
            throw error
        }
    }

    /// Random, not zero, and not one that is in use.
    private func mintIncarnation() throws(ChildLauncher.Failure) -> UInt64 {
        var incarnation: UInt64 = 0
        while incarnation == 0 || channels.channel(of: incarnation) != nil {
            guard route_random(&incarnation, MemoryLayout<UInt64>.size) == 0 else {
                throw ChildLauncher.Failure(reason: errno)
            }
        }
        return incarnation
    }

    private mutating func kill(_ id: UInt64, at now: Moment) {
        guard let row = table.row(id), let process = row.process else { return }
        if let reason = row.killReason {
            say("killing \(row.title): \(reason)", .childKilled, .warning, about: row)
        }
        _ = route_pidfd_signal(process.pidfd, SIGKILL)
        _ = table.update(id) { $0.killedAt = now }
    }

    private mutating func announceReady(_ id: UInt64, at now: Moment) {
        guard let row = table.row(id), let process = row.process else { return }
        _ = table.update(id) {
            $0.readyDeadline = nil
            $0.healthyAt = now.after(RestartPolicy.healthyMilliseconds)
            $0.process?.heartbeat = Heartbeat(firstPing: now)
        }
        let milliseconds = now.since(process.startedAt)
        say("\(row.title) is ready after \(milliseconds) ms", .childReady, about: row)
        guard row.role == .accountant else { return }
        for channel in channels.channels { attach(channel.identity.incarnation) }
    }

    private mutating func announceBroken(_ id: UInt64) {
        guard let row = table.row(id) else { return }
        let why =
            row.lastCause?.isPermanent == true
            ? "its exit code says that another start would not help"
            : "it failed more than \(RestartPolicy.restartsMax) times within "
                + "\(RestartPolicy.windowMilliseconds / 1_000) s"
        let note = generationNote(row.generation)
        say("\(row.name)\(note) is given up: \(why)", .childGivenUp, .critical, about: row)
    }

    /// The child's process is to be reaped, if it has ended.
    mutating func reap(_ id: UInt64) {
        guard let process = table.row(id)?.process else { return }
        var code: Int32 = 0
        var status: Int32 = 0
        let reaped = route_pidfd_reap(process.pidfd, &code, &status)
        let reason = errno
        guard reaped != 0 else { return }
        readControl(id)
        readErrors(id)
        lost(id, reaped == 1 ? ExitCause(code: code, status: status) : .unknown(reason))
        reapOrphans()
    }

    /// The row has no process any more, or got none.
    private mutating func lost(_ id: UInt64, _ cause: ExitCause) {
        guard let row = table.row(id) else { return }
        for line in table.update(id, { $0.process?.finishErrors() ?? [] }) ?? [] {
            logLine(line, of: id)
        }
        recordCrash(table.row(id) ?? row, cause)
        var jitter: UInt32 = 0
        _ = route_random(&jitter, MemoryLayout<UInt32>.size)
        let isExpected = row.state == .draining || row.state == .ending
        let now = clock.now
        let verdict = table.update(id) { row -> RestartPolicy.Verdict in
            row.process?.close()
            row.process = nil
            row.lastCause = cause
            row.drainDeadline = nil
            if isExpected { return .never }
            return row.policy.ended(
                permanently: cause.isPermanent, at: now, jitter: jitter)
        }
        if let incarnation = row.process?.incarnation { channels.workerEnded(incarnation) }
        say(
            "\(row.title) \(cause.text)\(Self.sequel(verdict, isExpected))", .childLost,
            cause == .exited(code: 0) ? .info : .warning, about: row)
        switch verdict {
        case .again(let delay):
            _ = table.update(id) {
                $0.retryDelay = delay
                $0.restarts = $0.restarts &+ 1
            }
            apply(.lostRetry, to: id)
        case .never, nil:
            apply(.lostForGood, to: id)
        }
        guard row.role == .accountant else { return }
        staleAnswers = 0
        handleReload(.accountantLost)
    }

    private static func sequel(_ verdict: RestartPolicy.Verdict?, _ isExpected: Bool) -> String {
        switch verdict {
        case .again(afterMilliseconds: 0): "; restarting it at once"
        case .again(let delay): "; restarting it in \(delay) ms"
        case .never, nil: isExpected ? " after its drain" : ""
        }
    }

    /// Reaps what our children left behind. What belongs to a row is left to the row.
    mutating func reapOrphans() {
        let known =
            table.rows.compactMap { $0.process?.pid }
            + sealers.map(\.process.pid) + symbolizers.map(\.process.pid)
        for _ in 0..<64 {
            let pid = route_ended_child()
            guard pid > 0, !known.contains(pid), route_discard_child(pid) == 0 else { return }
        }
    }
}
