import CLinux
import Glibc
import IPC

/// What the service as a whole does: start, serve, fail, end.
extension Supervisor {
    /// Looks at the whole table and takes the steps that its state allows. Run after every event, so
    /// that no step depends on having seen a certain one.
    mutating func evaluate() {
        removeGone()
        closeUnusedConfigurations()
        if shutdown == nil {
            evaluateStart()
            evaluateReload()
            evaluateFailure()
        }
        // Not else: a failure begins the shutdown, and may leave nothing to wait for.
        if shutdown != nil { evaluateShutdown() }
        let text = statusText()
        service.status(text)
        showBoard(text)
    }

    private mutating func evaluateStart() {
        guard !isReady, table.accountant?.state == .ready, let plan else { return }
        if table.workers(of: currentGeneration).isEmpty {
            addWorkers(of: currentGeneration, count: plan.workers)
        }
        guard table.isSettled(currentGeneration) else { return }
        isReady = true
        say("ready: \(statusText())", .ready)
        service.ready()
        if isReloadWanted {
            isReloadWanted = false
            handleReload(.requested)
        }
    }

    /// Adds a row for every worker of a generation; they start in the next pass.
    mutating func addWorkers(of generation: UInt32, count: UInt16) {
        let now = clock.now
        for slot in 0..<count {
            _ = table.add(.worker(slot: slot), generation: generation, dueAt: now)
        }
    }

    private mutating func evaluateFailure() {
        if let accountant = table.accountant, accountant.state == .broken {
            return fail(accountant, "the accountant cannot run")
        }
        // A reload that is about to bring workers that do serve is waited for.
        guard reload.state != .replacing, table.isBroken(currentGeneration) else { return }
        guard let last = table.workers(of: currentGeneration).last else { return }
        fail(last, "no worker can run")
    }

    /// The last word on a service that cannot go on, and its end.
    private mutating func fail(_ row: ChildRow, _ what: String) {
        let cause = row.lastCause
        let reason = "\(what): \(row.name) \(cause?.text ?? "failed")"
        let killed = row.killReason.map { " (\($0))" } ?? ""
        say("cannot go on: \(reason)\(killed)", .failure, .critical, about: row)
        for line in row.recentLines.lines { say("last words of \(row.name): \(line)") }
        let code = cause?.isPermanent == true ? RestartPolicy.permanentCode : 1
        beginShutdown(exitCode: code, reason: reason + killed)
        shutdown?.lastLine = row.recentLines.lines.last
    }

    /// SIGTERM or SIGINT.
    mutating func requestStop(_ signal: StaticString) {
        guard shutdown != nil else {
            say("\(signal): finishing the open streams")
            return beginShutdown(exitCode: 0, reason: nil)
        }
        say("\(signal) again: open streams have \(Shutdown.shortDrain) ms left")
        for row in table.workers where row.state == .draining {
            drain(row.id, milliseconds: min(Shutdown.shortDrain, row.drainMilliseconds))
        }
    }

    private mutating func beginShutdown(exitCode: Int32, reason: String?) {
        shutdown = Shutdown(exitCode: exitCode, reason: reason, extendAt: clock.now)
        service.stopping()
        handleReload(.stop)
        // The workers close theirs when they drain; with the last copy the kernel refuses.
        for listener in http + https { close(listener) }
        http = []
        https = []
        let milliseconds = plan?.drainMilliseconds ?? 0
        for row in table.workers {
            // One that drains for a newer generation keeps what it was given, if that is less.
            let time =
                row.state == .draining ? min(milliseconds, row.drainMilliseconds) : milliseconds
            if row.state != .draining || time < row.drainMilliseconds {
                drain(row.id, milliseconds: time)
            }
        }
        table.removeGone()
    }

    private mutating func evaluateShutdown() {
        removeGone()
        guard table.workers.isEmpty, symbolizers.isEmpty else { return }
        let now = clock.now
        let deadline = shutdown?.settleDeadline ?? now.after(Shutdown.settleLimit)
        shutdown?.settleDeadline = deadline
        guard let accountant = table.accountant, accountant.state != .broken else {
            return endShutdown()
        }
        let isSettled = channels.channels.isEmpty
        if !isSettled {
            guard now >= deadline else { return }
            if shutdown?.gaveUp == false {
                shutdown?.gaveUp = true
                say("the accountant has not settled every stream in time")
            }
        }
        switch accountant.state {
        case .waiting, .starting, .ready, .stopping:
            drain(accountant.id, milliseconds: Shutdown.accountantDrain)
        case .draining, .ending, .broken, .gone: break
        }
        table.removeGone()
        if table.accountant == nil { endShutdown() }
    }

    private mutating func endShutdown() {
        let left = channels.channels.count
        if left > 0 {
            let what = left == 1 ? "one worker's channel" : "\(left) workers' channels"
            say("\(what) could not be settled")
        }
        let wanted = shutdown?.exitCode ?? 1
        exitCode = wanted == 0 && left > 0 ? 1 : wanted
    }

    private mutating func closeUnusedConfigurations() {
        let used =
            [currentGeneration, accountantGeneration] + (candidateGeneration.map { [$0] } ?? [])
            + table.workers.map(\.generation)
        for configuration in configurations where !used.contains(configuration.generation) {
            configuration.close()
        }
        configurations.removeAll { !used.contains($0.generation) }
    }

    /// One line on how the service is.
    private func statusText() -> String {
        let open = table.workers.compactMap { $0.process?.heartbeat.openStreams }
            .reduce(UInt64(0)) { $0 &+ UInt64($1) }
        if shutdown != nil {
            let left = table.workers.count
            let why = shutdown?.reason.map { " because \($0)" } ?? ""
            return left > 0
                ? "Stopping\(why): \(left) workers finish \(open) open streams"
                : "Stopping\(why): settling"
        }
        let workers = table.workers(of: currentGeneration)
        let ready = workers.filter { $0.state == .ready }.count
        let wanted = Int(plan?.workers ?? 0)
        var text = isReady ? "Serving" : "Starting"
        text += ", \(ready) of \(wanted) workers ready"
        let broken = workers.filter { $0.state == .broken }.map(\.name)
        if !broken.isEmpty { text += "; given up: \(broken.joined(separator: ", "))" }
        if isReady, table.accountant?.state != .ready { text += "; the accountant restarts" }
        if reload.state != .idle { text += "; reloading" }
        if currentGeneration > 1 { text += "; generation \(currentGeneration)" }
        if open > 0 { text += "; \(open) open stream\(open == 1 ? "" : "s")" }
        return text
    }
}
