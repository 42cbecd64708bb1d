import CLinux
import Glibc
import IPC

/// A running child, and this process's ends of what connects the two.
struct ChildProcess {
    /// A child that writes nothing for so long has paused, and what it wrote last is logged, milliseconds:
    /// pieces of one text come closer to each other.
    static let pause: UInt64 = 100

    let pid: pid_t
    let pidfd: Int32
    let startedAt: Moment
    /// The file that it was started from; nil: not known.
    var program: ProgramFile?
    /// nil for the accountant.
    let incarnation: UInt64?
    /// nil: the child closed it.
    var control: ControlLink?
    var controlLostAt: Moment?
    /// The child's standard error; nil: it closed it.
    var errors: Int32?
    /// Where it leaves a report when it dies of a signal; nil: it has none.
    var crash: Int32?
    var output = ChildOutput(filter: OutputFilter.make())
    /// When what the filter holds back is logged, if nothing else comes.
    var flushAt: Moment?
    var heartbeat: Heartbeat

    /// Reads what the child has written, up to a limit, so that one that writes without end does not
    /// keep this process from the others.
    ///
    /// - Returns: whole lines, ready to be logged.
    mutating func readErrors(at now: Moment, limit: Int = 256 * 1024) -> [String] {
        guard let errors else { return [] }
        var lines: [String] = []
        var total = 0
        withUnsafeTemporaryAllocation(byteCount: 64 * 1024, alignment: 8) { buffer in
            guard let base = buffer.baseAddress else { return }
            while total < limit {
                let n = route_consume(errors, base, buffer.count)
                if n > 0 {
                    total = total &+ n
                    lines += output.take(UnsafeRawBufferPointer(start: base, count: n))
                    continue
                }
                if n < 0, errno == EAGAIN { return }
                Glibc.close(errors)
                self.errors = nil
                return
            }
        }
        if total > 0 { flushAt = now.after(Self.pause) }
        return lines
    }

    /// What the filter held back, when the child has paused.
    mutating func flushErrors(at now: Moment) -> [String] {
        guard let flushAt, flushAt <= now else { return [] }
        self.flushAt = nil
        return output.flush()
    }

    /// What the child wrote last without an end of line.
    mutating func finishErrors() -> [String] { output.finish() }

    /// Closes everything; the process itself is reaped before.
    mutating func close() {
        Glibc.close(pidfd)
        if let control { Glibc.close(control.socket.descriptor) }
        if let errors { Glibc.close(errors) }
        if let crash { Glibc.close(crash) }
        control = nil
        errors = nil
        crash = nil
    }
}
