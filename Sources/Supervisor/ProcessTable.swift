/// All rows, in the order in which they were made.
struct ProcessTable {
    private(set) var rows: [ChildRow] = []
    private var lastID: UInt64 = 0

    /// Adds a row whose first child is started at the given moment.
    mutating func add(_ role: ChildRow.Role, generation: UInt32, dueAt: Moment?) -> UInt64 {
        lastID &+= 1
        rows.append(ChildRow(id: lastID, role: role, generation: generation, dueAt: dueAt))
        return lastID
    }

    /// Changes a row in place; nil when it is no more.
    mutating func update<Result>(_ id: UInt64, _ body: (inout ChildRow) -> Result) -> Result? {
        guard let index = rows.firstIndex(where: { $0.id == id }) else { return nil }
        return body(&rows[index])
    }

    /// The row; nil when it is no more.
    func row(_ id: UInt64) -> ChildRow? { rows.first { $0.id == id } }

    /// The accountant's row; nil when it has ended for good.
    var accountant: ChildRow? { rows.first { $0.role == .accountant } }

    /// The workers' rows of one generation.
    func workers(of generation: UInt32) -> [ChildRow] {
        rows.filter { $0.isWorker && $0.generation == generation }
    }

    /// All workers' rows.
    var workers: [ChildRow] { rows.filter(\.isWorker) }

    /// Identifiers of all rows, for a walk during which rows may come and go.
    var ids: [UInt64] { rows.map(\.id) }

    /// Removes the rows that have ended.
    mutating func removeGone() { rows.removeAll { $0.state == .gone } }

    /// The workers of the generation can all serve.
    func isServing(_ generation: UInt32) -> Bool {
        let all = workers(of: generation)
        return !all.isEmpty && all.allSatisfy { $0.state == .ready }
    }

    /// No worker of the generation will ever serve.
    func isBroken(_ generation: UInt32) -> Bool {
        let all = workers(of: generation)
        return !all.isEmpty && all.allSatisfy { $0.state == .broken }
    }

    /// The workers of the generation that can serve do, and there is one.
    func isSettled(_ generation: UInt32) -> Bool {
        let all = workers(of: generation)
        return all.allSatisfy { $0.state == .ready || $0.state == .broken }
            && all.contains { $0.state == .ready }
    }
}
