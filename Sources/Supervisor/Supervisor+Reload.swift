import CLinux
import Glibc
import IPC

/// Carrying out what `ReloadStateMachine` decides.
extension Supervisor {
    /// SIGHUP.
    mutating func requestReload() {
        if shutdown != nil { return say("SIGHUP: ignored, the service ends") }
        say("SIGHUP: reading the configuration")
        reloadsRequested = reloadsRequested &+ 1
        guard isReady else {
            isReloadWanted = true
            return
        }
        handleReload(.requested)
    }

    /// Gives an event to the reload and does what follows from it.
    mutating func handleReload(_ event: ReloadStateMachine.Event) {
        let actions = reload.handle(event)
        if reload.state == .idle || reload.state == .replacing { reloadDeadline = nil }
        for action in actions { perform(action) }
    }

    /// Takes the steps of a reload that the table's state allows.
    mutating func evaluateReload() {
        succeedIfAtRest()
        if reload.state == .waiting, table.accountant?.state == .ready {
            handleReload(isAccountantOutdated ? .accountantOutdated : .accountantReady)
        }
        if reload.state == .renewing, !isAccountantRenewed, let accountant = table.accountant {
            if accountant.state == .ready { handleReload(.accountantReady) }
            if accountant.state == .broken { handleReload(.refused) }
        }
        guard reload.state == .replacing, let candidateGeneration else { return }
        if table.isServing(candidateGeneration) {
            handleReload(.generationReady)
        } else if table.workers(of: candidateGeneration).contains(where: { $0.state == .broken }) {
            handleReload(.generationFailed)
        }
    }

    /// The accountant's answer to `configure`.
    mutating func takeConfigured(_ isAccepted: Bool) {
        if staleAnswers > 0 {
            staleAnswers = staleAnswers &- 1
            return
        }
        guard reload.state == .configuring else { return }
        if isAccepted, let candidateGeneration { accountantGeneration = candidateGeneration }
        handleReload(isAccepted ? .accepted : .refused)
    }

    private mutating func perform(_ action: ReloadStateMachine.Action) {
        switch action {
        case .startSealer:
            reloadsCovered = reloadsRequested
            reloadLines = []
            startSealer()
        case .killSealer: killSealer()
        case .armDeadline: reloadDeadline = clock.now.after(Sealer.limit)
        case .sendConfigure:
            guard let accountant = table.accountant, let candidateGeneration else { return }
            send(.configure(generation: candidateGeneration), to: accountant.id)
        case .startGeneration:
            guard let candidateGeneration, let plan = configuration(candidateGeneration)?.plan
            else { return }
            say("generation \(candidateGeneration): starting \(plan.workers) workers")
            addWorkers(of: candidateGeneration, count: plan.workers)
        case .retireOldGenerations: retireOldGenerations()
        case .abandonGeneration: abandonGeneration()
        case .discardCandidate: discardCandidate()
        case .replaceAccountant: replaceAccountant()
        case .startCheck: startCheck()
        case .renewAccountant: renewAccountant()
        case .reinstateAccountant: reinstateAccountant()
        case .reportRefused(let reason):
            say(
                "reload refused, the old configuration stays: \(reason.rawValue)", .reloadRefused,
                .error)
            reloadRefusal = [reason.rawValue] + reloadLines
            reloadsFinished = reloadsCovered
            service.ready()
        case .reportDone:
            say("reload done: generation \(currentGeneration) serves", .reloadDone)
            reloadRefusal = []
            reloadsFinished = reloadsCovered
            service.ready()
        }
    }

    private mutating func startSealer() {
        guard let running = configuration(currentGeneration) else {
            return handleReload(.sealRefused)
        }
        let now = clock.now
        service.reloading(at: now)
        let environment = self.environment
        do throws(ChildLauncher.Failure) {
            let process = try ChildLauncher.start(
                path: running.plan.commandPath, arguments: running.plan.sealArguments,
                // Secrets that came from variables which are no more are taken from here.
                passed: [
                    (InheritedDescriptors.Name.workerConfig, running.workerConfig),
                    (InheritedDescriptors.Name.accountantConfig, running.accountantConfig),
                ], at: now
            ) { ChildEnvironment.forCommand(environment, descriptors: $0) }
            sealers.append(Sealer(process: process))
        } catch {
            say("reload: the command \(ExitCause.notStarted(error.reason).text)")
            handleReload(.sealRefused)
        }
    }

    private mutating func killSealer() {
        for index in sealers.indices {
            sealers[index].isWanted = false
            _ = route_pidfd_signal(sealers[index].process.pidfd, SIGKILL)
        }
    }

    private mutating func updateSealer<Result>(
        _ pid: pid_t, _ body: (inout Sealer) -> Result
    ) -> Result? {
        guard let index = sealers.firstIndex(where: { $0.process.pid == pid }) else { return nil }
        return body(&sealers[index])
    }

    /// Logs a line of the command, and keeps it for who asked for the reload.
    private mutating func noteSealerLine(_ pid: pid_t, _ line: String) {
        log.write("reload pid \(pid)", line)
        reloadLines.append(line)
        if reloadLines.count > 15 { reloadLines.removeFirst() }
    }

    /// Logs what the command has written: it names the line and the key that are wrong.
    mutating func readSealerErrors(_ pid: pid_t) {
        let now = clock.now
        let lines = updateSealer(pid) { $0.process.readErrors(at: now) } ?? []
        for line in lines { noteSealerLine(pid, line) }
    }

    /// Takes the sealed configuration.
    mutating func readSealerControl(_ pid: pid_t) {
        for _ in 0..<Self.packetsMax {
            let received = updateSealer(pid) { $0.process.control?.socket.receive() }
            guard let received, let received else { return }
            switch received {
            case .message(.configure, let descriptors) where descriptors.count == 3:
                _ = updateSealer(pid) {
                    $0.discardReceived()
                    $0.received = descriptors
                }
            case .message(_, let descriptors):
                for descriptor in descriptors { close(descriptor) }
                say("reload pid \(pid) sent a message that is not a configuration")
            case .refused(let failure):
                say("reload pid \(pid) sent a message that is not understood (\(failure))")
            case .nothing: return
            case .gone:
                _ = updateSealer(pid) {
                    if let control = $0.process.control { close(control.socket.descriptor) }
                    $0.process.control = nil
                }
                return
            }
        }
    }

    /// The command has ended: with a configuration, or without.
    mutating func reapSealer(_ pid: pid_t) {
        guard let process = sealers.first(where: { $0.process.pid == pid })?.process else { return }
        var code: Int32 = 0
        var status: Int32 = 0
        let reaped = route_pidfd_reap(process.pidfd, &code, &status)
        let reason = errno
        guard reaped != 0 else { return }
        readSealerControl(pid)
        readSealerErrors(pid)
        for line in updateSealer(pid, { $0.process.finishErrors() }) ?? [] {
            noteSealerLine(pid, line)
        }
        guard var sealer = sealers.first(where: { $0.process.pid == pid }) else { return }
        sealers.removeAll { $0.process.pid == pid }
        sealer.process.close()
        let cause: ExitCause =
            reaped == 1 ? ExitCause(code: code, status: status) : .unknown(reason)
        guard sealer.isWanted else { return sealer.discardReceived() }
        guard cause == .exited(code: 0) else {
            sealer.discardReceived()
            say("\(sealer.title) \(cause.text)")
            return handleReload(sealer.purpose == .seal ? .sealRefused : .checkRefused)
        }
        guard sealer.purpose == .seal else { return handleReload(.checked) }
        guard takeCandidate(sealer.received) else {
            return handleReload(.sealRefused)
        }
        handleReload(isOutdated ? .sealedForSuccessor : .sealed)
    }

    /// Takes over the three descriptors, in the order plan, worker, accountant.
    private mutating func takeCandidate(_ received: [Int32]) -> Bool {
        guard received.count == 3, let plan = received.first, let accountant = received.last,
            let worker = received.dropFirst().first
        else {
            say("reload: the command sent no configuration")
            for descriptor in received { close(descriptor) }
            return false
        }
        defer { close(plan) }
        do throws(SealedConfiguration.Failure) {
            let candidate = try SealedConfiguration(
                generation: lastGeneration &+ 1, plan: plan, workerConfig: worker,
                accountantConfig: accountant)
            lastGeneration = candidate.generation
            candidateGeneration = candidate.generation
            configurations.append(candidate)
            log.use(candidate.known)
            return true
        } catch {
            say("reload: \(error.text)")
            close(worker)
            close(accountant)
            return false
        }
    }

    private mutating func retireOldGenerations() {
        guard let candidateGeneration else { return }
        currentGeneration = candidateGeneration
        self.candidateGeneration = nil
        let milliseconds = plan?.drainMilliseconds ?? 0
        for row in table.workers
        where row.generation != currentGeneration && row.state != .draining {
            drain(row.id, milliseconds: milliseconds)
        }
    }

    private mutating func abandonGeneration() {
        guard let abandoned = candidateGeneration else { return }
        candidateGeneration = nil
        accountantGeneration = currentGeneration
        let milliseconds = plan?.drainMilliseconds ?? 0
        for row in table.workers(of: abandoned) { drain(row.id, milliseconds: milliseconds) }
        guard let accountant = table.accountant, accountant.process != nil else { return }
        staleAnswers = staleAnswers &+ 1
        send(.configure(generation: currentGeneration), to: accountant.id)
    }

    private mutating func discardCandidate() {
        guard let discarded = candidateGeneration else { return }
        candidateGeneration = nil
        for configuration in configurations where configuration.generation == discarded {
            configuration.close()
        }
        configurations.removeAll { $0.generation == discarded }
    }

    /// Has the accountant hand its work to one of the program that is on disk now, with the new
    /// configuration. What workers report in between waits in their channels.
    private mutating func renewAccountant() {
        guard let accountant = table.accountant, let candidateGeneration else { return }
        accountantGeneration = candidateGeneration
        isAccountantRenewed = true
        say("\(accountant.title) is replaced: its program has changed", about: accountant)
        drain(accountant.id, milliseconds: 0)
    }

    /// The new accountant does not become ready, or is not wanted any more: back to the configuration
    /// that is in force.
    private mutating func reinstateAccountant() {
        accountantGeneration = currentGeneration
        guard !isAccountantRenewed, let accountant = table.accountant else { return }
        switch accountant.state {
        case .broken:
            isAccountantRenewed = true
            drain(accountant.id, milliseconds: 0)
        case .starting: replaceAccountant()
        // One that is ready has the new configuration, and the old one is sent behind it.
        case .ready:
            staleAnswers = staleAnswers &+ 1
            send(.configure(generation: currentGeneration), to: accountant.id)
        case .waiting, .draining, .stopping, .ending, .gone: break
        }
    }

    /// Removes rows that have ended; an accountant's that was to be renewed gets its successor.
    mutating func removeGone() {
        table.removeGone()
        guard isAccountantRenewed, table.accountant == nil else { return }
        isAccountantRenewed = false
        _ = table.add(.accountant, generation: 0, dueAt: clock.now)
    }

    private mutating func replaceAccountant() {
        guard let accountant = table.accountant, let process = accountant.process else { return }
        let reason = "it did not answer to its new configuration"
        _ = table.update(accountant.id) { $0.killReason = reason }
        say("killing \(accountant.title): \(reason)", .childKilled, .warning, about: accountant)
        _ = route_pidfd_signal(process.pidfd, SIGKILL)
    }
}
