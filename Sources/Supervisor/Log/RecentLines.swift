/// The last few lines that a child wrote, for the word on why it failed.
struct RecentLines: Equatable, Sendable {
    static let linesMax = 5
    /// The most that is kept of one line, characters.
    static let lengthMax = 1_024

    private(set) var lines: [String] = []

    /// Adds a line, in place of the oldest when there are enough.
    mutating func add(_ line: String) {
        guard !line.isEmpty else { return }
        lines.append(String(line.prefix(Self.lengthMax)))
        if lines.count > Self.linesMax { lines = Array(lines.suffix(Self.linesMax)) }
    }

    /// Forgets all of them.
    mutating func clear() { lines.removeAll() }
}
