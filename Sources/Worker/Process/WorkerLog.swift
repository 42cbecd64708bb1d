import Glibc
import Logging
import Logs
import Redaction

/// Log entries, one event each, which the supervisor reads from standard error. Made of fixed texts,
/// numbers and names from the configuration: no header, no URL, no text of a peer gets into one.
enum WorkerLog {
    /// Every secret that this process sees: the same table for its log and for its last words.
    static let known = KnownSecrets(
        configuredCapacity: 256, recentCapacity: 2 * WorkerCore.credentialsMax)
    /// The event loop must not wait: what nobody reads is dropped.
    static let output = LogOutput(descriptor: STDERR_FILENO, patience: 0, known: known)
    private static let logger = Logger(label: "worker") { _ in RedactingLogHandler(output: output) }

    /// Logs an event with numbers.
    static func write(
        _ level: Logger.Level, _ event: StaticString,
        _ fields: (StaticString, UInt64)...
    ) {
        var metadata = Logger.Metadata()
        for (name, value) in fields { metadata["\(name)"] = "\(value)" }
        logger.log(level: level, "\(event)", metadata: metadata)
    }

    /// Logs an event about one of this installation's files.
    static func write(
        _ level: Logger.Level, _ event: StaticString, file: String,
        _ fields: (StaticString, UInt64)...
    ) {
        var metadata: Logger.Metadata = ["file": "\(file)"]
        for (name, value) in fields { metadata["\(name)"] = "\(value)" }
        logger.log(level: level, "\(event)", metadata: metadata)
    }
}
