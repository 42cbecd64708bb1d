import Glibc
import Logging
import Logs

/// The accountant's log: one entry an event on descriptor 2, from where the supervisor takes it.
struct Log: Sendable {
    /// How long a full pipe is waited for, milliseconds: no entry holds up the ledger for longer.
    private static let patience: Int32 = 1_000

    /// Takes one line without its end.
    let line: @Sendable (String) -> Void

    init(_ line: @escaping @Sendable (String) -> Void) { self.line = line }

    /// The backend of this process, for its own entries and for those of its libraries.
    static let handler = RedactingLogHandler(
        output: LogOutput(descriptor: STDERR_FILENO, patience: patience), level: .notice)

    /// Redacted, whole lines on descriptor 2, without a buffer that a crash could lose.
    static let standardError: Log = {
        let logger = Logger(label: "accountant") { _ in handler }
        return Log { logger.notice("\($0)") }
    }()
}
