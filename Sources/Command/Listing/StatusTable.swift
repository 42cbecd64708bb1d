/// The answer of `/status` for people: the service in a line, its processes and providers as tables, and the rest
/// by name.
enum StatusTable {
    private static let processColumns: [UsageColumns.Column] = [
        .init("PROCESS", ["name"]), .init("PID", ["pid"]), .init("GENERATION", ["generation"]),
        .init("STATE", ["state"]), .init("UPTIME", ["uptime"]), .init("RESTARTS", ["restarts"]),
        .init("STREAMS", ["open_streams"]), .init("MEMORY", ["memory"]),
        .init("LAST EXIT", ["last_exit"]),
    ]
    private static let providerColumns: [UsageColumns.Column] = [
        .init("PROVIDER", ["name"]), .init("OPEN", ["open"]), .init("IDLE", ["idle"]),
        .init("IN USE", ["in_use"]), .init("DIALLING", ["dialling"]), .init("LOOKUPS", ["lookups"]),
        .init("WAITING", ["waiting"]),
    ]
    /// They have a place of their own.
    private static let apart: Set<String> = ["processes", "providers", "summary", "reloads"]

    /// The lines.
    static func lines(of status: JSONValue) -> [String] {
        guard case .object(let members) = status else { return [] }
        var lines: [String] = []
        if let summary = members["summary"], summary != .null { lines += [summary.text, ""] }
        if case .array(let processes)? = members["processes"], !processes.isEmpty {
            lines += table(processColumns, processes.map(process)) + [""]
        }
        if case .object(let providers)? = members["providers"], !providers.isEmpty {
            let rows = providers.sorted { $0.key < $1.key }.map { name, gauge -> JSONValue in
                guard case .object(var row) = gauge else { return gauge }
                row["name"] = .string(name)
                return .object(row)
            }
            lines += table(providerColumns, rows) + [""]
        }
        if let refusal = members["reloads"]?.at(["refusal"]), refusal != .null {
            lines.append("last reload refused: " + refusal.text.replacing("\n", with: "; "))
        }
        let rest = JSONValue.object(members.filter { !apart.contains($0.key) })
        return lines + rest.flattened.map { "\($0.name): \($0.text)" }
    }

    private static func table(
        _ columns: [UsageColumns.Column], _ rows: [JSONValue]
    ) -> [String] {
        ListPrinter.table(columns.map(\.name), rows.map { row in columns.map { row.at($0.path) } })
    }

    private static func process(_ value: JSONValue) -> JSONValue {
        guard case .object(var row) = value else { return value }
        let slot = value.at(["slot"])
        let role = value.at(["role"]).text
        row["name"] = .string(slot == .null ? role : "\(role)[\(slot.text)]")
        if case .integer(let milliseconds)? = row["uptime_ms"] {
            row["uptime"] = .string(duration(milliseconds / 1_000))
        }
        if case .integer(let bytes)? = row["memory_bytes"] {
            row["memory"] = .string("\((bytes + (1 << 19)) >> 20) MiB")
        }
        return .object(row)
    }

    /// The two greatest units of a time.
    static func duration(_ seconds: Int64) -> String {
        switch seconds {
        case ..<60: "\(max(0, seconds))s"
        case ..<3_600: "\(seconds / 60)m \(seconds % 60)s"
        case ..<86_400: "\(seconds / 3_600)h \(seconds % 3_600 / 60)m"
        default: "\(seconds / 86_400)d \(seconds % 86_400 / 3_600)h"
        }
    }
}
