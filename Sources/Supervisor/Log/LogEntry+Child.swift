extension LogEntry {
    /// The fields that say which child an entry is about.
    static func fields(
        role: ChildRow.Role, pid: Int32?, generation: UInt32, incarnation: UInt64?
    ) -> [Field] {
        var fields: [Field] = []
        switch role {
        case .accountant: fields.append(Field("ROLE", "accountant"))
        case .worker(let slot):
            fields.append(Field("ROLE", "worker"))
            fields.append(Field("WORKER", "\(slot)"))
        }
        if let pid { fields.append(Field("PID", "\(pid)")) }
        if generation > 0 { fields.append(Field("GENERATION", "\(generation)")) }
        if let incarnation {
            let digits = String(incarnation, radix: 16)
            let padding = String(repeating: "0", count: max(0, 16 &- digits.count))
            fields.append(Field("INCARNATION", padding + digits))
        }
        return fields
    }

    /// The fields that say which child a row's entry is about.
    static func fields(of row: ChildRow) -> [Field] {
        fields(
            role: row.role, pid: row.process?.pid, generation: row.generation,
            incarnation: row.process?.incarnation)
    }
}
