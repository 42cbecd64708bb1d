import Glibc
import Logging
import Logs

/// The accountant's log: one entry an event on descriptor 2, from where the supervisor takes it.
struct Log: Sendable {
    /// How long a full pipe is waited for, milliseconds: no entry holds up the ledger for longer.
    private static let patience: Int32 = 1_000

    /// Takes one line without its end.
    let line: @Sendable (String) -> Void

    /// Takes an entry that can be done without: false when there is no room for it now.
    let offer: @Sendable (LogLine) -> Bool

    init(
        _ line: @escaping @Sendable (String) -> Void,
        offer: @escaping @Sendable (LogLine) -> Bool = { _ in true }
    ) {
        self.line = line
        self.offer = offer
    }

    /// The backend of this process, for its own entries and for those of its libraries.
    static let handler = RedactingLogHandler(output: output, level: .notice)
    private static let output = LogOutput(descriptor: STDERR_FILENO, patience: patience)

    /// Redacted, whole lines on descriptor 2, without a buffer that a crash could lose.
    static let standardError: Log = {
        let logger = Logger(label: "accountant") { _ in handler }
        return Log({ logger.notice("\($0)") }) { line in
            // A socket that polls writable has room for a whole line: none is cut, and none is waited for.
            var room = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
            guard poll(&room, 1, 0) > 0 else { return false }
            output.write(line)
            return true
        }
    }()
}
