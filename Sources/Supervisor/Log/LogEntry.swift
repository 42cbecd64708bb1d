/// One thing that is logged, before it is known how.
struct LogEntry: Equatable, Sendable {
    /// The levels of syslog(3).
    enum Priority: UInt8, Sendable {
        case emergency = 0
        case alert, critical, error, warning, notice, info, debug
    }

    /// A value by name, for those who look for it: `DD0C_NAME=value` in the journal.
    struct Field: Equatable, Sendable {
        /// Capital letters, digits and underscores.
        var name: String
        var value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The source of what this process says itself.
    static let own = "supervisor"
    /// The name under which the journal and syslog know the service.
    static let identifier = "dd0c-route"

    var priority: Priority = .info
    var kind: MessageID?
    /// Who says it; stands before the text.
    var source = Self.own
    var text: String
    var fields: [Field] = []

    /// For a reader of lines, without its end.
    var line: String { "\(source): \(text)" }

    /// For the journal, each `NAME=value`, see systemd.journal-fields(7).
    var journalFields: [String] {
        var all = [
            "PRIORITY=\(priority.rawValue)", "SYSLOG_IDENTIFIER=\(Self.identifier)",
            "MESSAGE=\(source == Self.own ? text : line)",
        ]
        if let kind { all.append("MESSAGE_ID=\(kind.rawValue)") }
        return all + fields.map { "DD0C_\($0.name)=\($0.value)" }
    }

    /// What it costs to hold it, bytes.
    var size: Int {
        fields.reduce(source.utf8.count &+ text.utf8.count &+ 64) {
            $0 &+ $1.name.utf8.count &+ $1.value.utf8.count &+ 64
        }
    }
}
