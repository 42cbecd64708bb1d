import CLinux
import Glibc
import IPC

/// One entry in the log for every child that ended otherwise than it should.
extension Supervisor {
    /// Begins the entry on a row's child, which is reaped and whose descriptors are still open.
    mutating func recordCrash(_ row: ChildRow, _ cause: ExitCause) {
        let isMemoryShort = killCounter.hasMoved()
        guard let process = row.process, cause != .exited(code: 0), !row.isOverdue else { return }
        var facts = CrashFacts(
            title: row.title, role: row.role, pid: process.pid, generation: row.generation,
            incarnation: process.incarnation, cause: cause, killReason: row.killReason,
            isMemoryShort: isMemoryShort,
            report: process.crash.flatMap { try? CrashFile.read($0) },
            message: row.runtimeMessage.last(at: clock.now))
        guard let crash = process.crash, facts.report?.frames.isEmpty == false else {
            return log.write(facts.entry)
        }
        guard symbolizers.count < Symbolizer.runningMax else {
            facts.withoutSymbols = "others are being looked up"
            return log.write(facts.entry)
        }
        startSymbolizer(facts, crash)
    }

    private mutating func startSymbolizer(_ facts: CrashFacts, _ crash: Int32) {
        let now = clock.now
        let environment = self.environment
        do throws(ChildLauncher.Failure) {
            guard let plan else { throw ChildLauncher.Failure(reason: EINVAL) }
            let process = try ChildLauncher.start(
                path: plan.commandPath, arguments: ["symbolicate"],
                passed: [(InheritedDescriptors.Name.crash, crash)], at: now
            ) { ChildEnvironment.curated(environment, descriptors: $0) }
            symbolizers.append(Symbolizer(process: process, facts: facts, startedAt: now))
        } catch {
            var facts = facts
            facts.withoutSymbols = "the command \(ExitCause.notStarted(error.reason).text)"
            log.write(facts.entry)
        }
    }

    /// Takes what the command has found.
    mutating func readSymbolizer(_ pid: pid_t) {
        guard let index = symbolizers.firstIndex(where: { $0.process.pid == pid }) else { return }
        symbolizers[index].read(at: clock.now)
        if symbolizers[index].isBabbling { endSymbolizer(index, "the command said too much") }
    }

    /// The command has ended: the entry is complete.
    mutating func reapSymbolizer(_ pid: pid_t) {
        guard let index = symbolizers.firstIndex(where: { $0.process.pid == pid }) else { return }
        var code: Int32 = 0
        var status: Int32 = 0
        let reaped = route_pidfd_reap(symbolizers[index].process.pidfd, &code, &status)
        let reason = errno
        guard reaped != 0 else { return }
        var symbolizer = symbolizers.remove(at: index)
        symbolizer.read(at: clock.now)
        let cause: ExitCause =
            reaped == 1 ? ExitCause(code: code, status: status) : .unknown(reason)
        if cause != .exited(code: 0), symbolizer.facts.withoutSymbols == nil {
            symbolizer.facts.withoutSymbols = "the command \(cause.text)"
        }
        symbolizer.process.close()
        log.write(symbolizer.facts.entry)
    }

    /// Ends what takes too long; its entry follows when it is reaped.
    mutating func expireSymbolizers(at now: Moment) {
        for index in symbolizers.indices
        where symbolizers[index].deadline <= now {
            endSymbolizer(index, "the command took too long")
        }
    }

    private mutating func endSymbolizer(_ index: Int, _ reason: String) {
        guard symbolizers[index].facts.withoutSymbols == nil else { return }
        symbolizers[index].facts.withoutSymbols = reason
        _ = route_pidfd_signal(symbolizers[index].process.pidfd, SIGKILL)
    }
}
