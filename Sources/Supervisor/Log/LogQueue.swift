/// What is to be logged and was not taken yet, up to a limit.
///
/// Beyond it lines are dropped and counted, and no crash for a line: of those two, the line goes.
struct LogQueue: Sendable {
    /// The most that is held, bytes.
    static let sizeMax = 512 * 1024

    private(set) var entries: [LogEntry] = []
    private var size = 0
    /// Lines that were lost and not yet spoken of.
    private(set) var dropped: UInt64 = 0

    var isEmpty: Bool { entries.isEmpty }

    /// Puts an entry behind the others.
    mutating func add(_ entry: LogEntry) {
        while size &+ entry.size > Self.sizeMax {
            guard entry.kind == .crash,
                let victim = entries.lastIndex(where: { $0.kind != .crash })
            else {
                dropped &+= 1
                return
            }
            size = size &- entries[victim].size
            entries.remove(at: victim)
            dropped &+= 1
        }
        entries.append(entry)
        size = size &+ entry.size
    }

    /// Removes the first entries, which were taken.
    mutating func removeFirst(_ count: Int) {
        for entry in entries.prefix(count) { size = size &- entry.size }
        entries = Array(entries.dropFirst(count))
    }

    /// An entry that speaks of what was lost; nil when nothing was.
    mutating func takeNotice() -> LogEntry? {
        guard dropped > 0 else { return nil }
        let lines = dropped == 1 ? "line was" : "lines were"
        let notice = LogEntry(
            priority: .warning, kind: .linesDropped,
            text: "\(dropped) log \(lines) dropped: nobody took them",
            fields: [LogEntry.Field("COUNT", "\(dropped)")])
        dropped = 0
        return notice
    }
}
