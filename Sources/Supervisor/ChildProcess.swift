import CLinux
import Glibc
import IPC

/// A running child, and this process's ends of what connects the two.
struct ChildProcess {
    let pid: pid_t
    let pidfd: Int32
    let startedAt: Moment
    /// nil for the accountant.
    let incarnation: UInt64?
    /// nil: the child closed it.
    var control: ControlLink?
    var controlLostAt: Moment?
    /// The child's standard error; nil: it closed it.
    var errors: Int32?
    var splitter = LineSplitter()
    var heartbeat: Heartbeat

    /// Reads what the child has written, up to a limit, so that one that writes without end does not
    /// keep this process from the others.
    ///
    /// - Returns: whole lines, ready to be logged.
    mutating func readErrors(limit: Int = 256 * 1024) -> [String] {
        guard let errors else { return [] }
        var lines: [String] = []
        var total = 0
        withUnsafeTemporaryAllocation(byteCount: 64 * 1024, alignment: 8) { buffer in
            guard let base = buffer.baseAddress else { return }
            while total < limit {
                let n = route_consume(errors, base, buffer.count)
                if n > 0 {
                    total = total &+ n
                    splitter.take(UnsafeRawBufferPointer(start: base, count: n)) {
                        lines.append(Self.text(of: $0))
                    }
                    continue
                }
                if n < 0, errno == EAGAIN { return }
                Glibc.close(errors)
                self.errors = nil
                return
            }
        }
        return lines
    }

    /// What the child wrote last without an end of line.
    mutating func finishErrors() -> [String] {
        var lines: [String] = []
        splitter.finish { lines.append(Self.text(of: $0)) }
        return lines
    }

    /// Closes everything; the process itself is reaped before.
    mutating func close() {
        Glibc.close(pidfd)
        if let control { Glibc.close(control.socket.descriptor) }
        if let errors { Glibc.close(errors) }
        control = nil
        errors = nil
    }

    private static func text(of line: LineSplitter.Line) -> String {
        let text = PrintableText.escape(line.bytes)
        return (line.continues ? "[continued] " : "") + text + (line.isCut ? " [cut]" : "")
    }
}
