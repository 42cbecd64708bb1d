/// What is to be logged and was not taken yet, up to a limit.
///
/// Beyond it lines are dropped and counted: those of requests first, then what children say, then what
/// this process says of them, and crashes last.
struct LogQueue: Sendable {
    /// The most that is held, bytes.
    static let sizeMax = 512 * 1024

    private(set) var entries: [LogEntry] = []
    private var size = 0
    /// Entries that weigh nothing.
    private var requests = 0
    /// Lines that were lost and not yet spoken of.
    private(set) var dropped: UInt64 = 0

    var isEmpty: Bool { entries.isEmpty }

    /// Puts an entry behind the others.
    mutating func add(_ entry: LogEntry) {
        while size &+ entry.size > Self.sizeMax {
            let weight = Self.weight(entry)
            // Nothing weighs less: no need to look.
            let least =
                weight == 0 || weight == 1 && requests == 0
                ? weight : entries.map(Self.weight).min() ?? .max
            guard least < weight,
                let victim = entries.lastIndex(where: { Self.weight($0) == least })
            else {
                dropped &+= 1
                return
            }
            size = size &- entries[victim].size
            if Self.weight(entries[victim]) == 0 { requests = requests &- 1 }
            entries.remove(at: victim)
            dropped &+= 1
        }
        entries.append(entry)
        if Self.weight(entry) == 0 { requests = requests &+ 1 }
        size = size &+ entry.size
    }

    private static func weight(_ entry: LogEntry) -> Int {
        switch entry.kind {
        case .request, .requestsSummarised: 0
        case nil: 1
        case .crash: 3
        default: 2
        }
    }

    /// Removes the first entries, which were taken.
    mutating func removeFirst(_ count: Int) {
        for entry in entries.prefix(count) {
            size = size &- entry.size
            if Self.weight(entry) == 0 { requests = requests &- 1 }
        }
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
