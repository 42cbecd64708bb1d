import Logging

/// A swift-log backend whose every line passes the redactor before it leaves the process: this process's
/// own entries and those of the libraries it uses.
public struct RedactingLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    private let output: LogOutput

    /// - Parameter level: what is less urgent is not logged.
    public init(output: LogOutput, level: Logger.Level = .info) {
        self.output = output
        logLevel = level
    }

    /// A value that every entry has.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes the entry as one line.
    public func log(event: LogEvent) {
        var fields = metadata
        if let own = event.metadata { fields.merge(own) { _, new in new } }
        var line = LogLine(level: event.level, message: event.message.description)
        line.fields = fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) }
        if let error = event.error { line.fields.append(("error", "\(type(of: error))")) }
        output.write(line)
    }
}
