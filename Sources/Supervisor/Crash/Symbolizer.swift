/// The operator's command, started to find the functions of a crash: it reads executables and names, so
/// that no parser of those runs in this process.
struct Symbolizer {
    /// It has so long, milliseconds; the entry is then logged without functions.
    static let limit: UInt64 = 5_000
    /// So many run at the same time; further crashes are logged without functions.
    static let runningMax = 4
    /// One that says more than this is ended, bytes.
    private static let outputMax = 64 * 1024

    var process: ChildProcess
    var facts: CrashFacts
    let deadline: Moment
    private var outputSize = 0

    init(process: ChildProcess, facts: CrashFacts, startedAt: Moment) {
        self.process = process
        self.facts = facts
        deadline = startedAt.after(Self.limit)
    }

    /// It said more than there can be to say.
    var isBabbling: Bool { outputSize > Self.outputMax }

    /// Takes what it has written: a frame's index, a space, the function.
    mutating func read(at now: Moment) {
        for line in process.readErrors(at: now) { take(line) }
    }

    /// Takes one line; others than the expected are ignored.
    mutating func take(_ line: String) {
        outputSize = outputSize &+ line.utf8.count
        let parts = line.split(separator: " ", maxSplits: 1)
        guard outputSize <= Self.outputMax, parts.count == 2, let index = Int(parts[0]),
            let report = facts.report, report.frames.indices.contains(index),
            facts.symbols[index] == nil
        else { return }
        facts.symbols[index] = String(parts[1])
    }
}
