import IPC
import Logs

/// One line in the log for each request that is in the ledger, within a budget: journald drops what a service
/// says beyond 10,000 lines in 30 s, and would not ask which. Requests beyond the budget are summed up.
struct RequestLog {
    /// Lines per second that are written where the configuration does not say.
    static let linesStandard = 100
    /// Nanoseconds from the first request that is not shown to the line that sums up.
    private static let summaryAfter: UInt64 = 1_000_000_000
    private static let second: UInt64 = 1_000_000_000

    /// Lines per second; 0: none at all, not even sums.
    var linesPerSecond: Int
    /// False when there is no room for a line now, which is then lost.
    private let write: (LogLine) -> Bool
    private let clock: Clock
    /// Nanoseconds' worth of lines that may be written; a second's at most.
    private var budget: UInt64 = Self.second
    private var filledAt: UInt64
    private var unshown: [Outcome: UInt64] = [:]
    /// Monotonic nanoseconds of the next sum; nil: there is nothing to sum up.
    private(set) var dueAt: UInt64?

    init(
        linesPerSecond: Int = linesStandard, clock: Clock = .system,
        write: @escaping (LogLine) -> Bool
    ) {
        self.linesPerSecond = linesPerSecond
        self.write = write
        self.clock = clock
        filledAt = clock.monotonic
    }

    /// Shows requests that have their records on disk.
    mutating func show(_ records: [LedgerRecord]) {
        guard linesPerSecond > 0, !records.isEmpty else { return }
        let now = clock.monotonic
        budget = min(Self.second, budget &+ min(now &- filledAt, Self.second))
        filledAt = now
        let price = Self.second / UInt64(linesPerSecond)
        for record in records {
            if budget >= price, write(Self.line(record)) {
                budget &-= price
            } else {
                unshown[record.outcome, default: 0] &+= 1
                if dueAt == nil { dueAt = now &+ Self.summaryAfter }
            }
        }
    }

    /// Sums up what was not shown, when it is time.
    ///
    /// - Parameter now: monotonic nanoseconds.
    mutating func sumUpIfDue(_ now: UInt64) {
        guard let dueAt, now >= dueAt else { return }
        sumUp()
        // One that finds no room is tried again.
        if !unshown.isEmpty { self.dueAt = now &+ Self.summaryAfter }
    }

    /// Sums up what was not shown, before the process ends.
    mutating func finish() { if dueAt != nil { sumUp() } }

    private mutating func sumUp() {
        dueAt = nil
        let total = unshown.values.reduce(0, &+)
        var line = LogLine(level: .info, message: "requests_summarised")
        line.fields = [("count", "\(total)")]
        for (outcome, count) in unshown.sorted(by: { $0.key.name < $1.key.name }) {
            line.fields.append((outcome.name, "\(count)"))
        }
        if write(line) { unshown = [:] }
    }

    /// The line of one request. What a client named, such as the model, is quoted where it must be.
    static func line(_ record: LedgerRecord) -> LogLine {
        var line = LogLine(level: .info, message: "request")
        func add(_ name: String, _ value: String?) {
            if let value { line.fields.append((name, value)) }
        }
        add("request", record.key.id)
        add("key", record.opened?.key)
        add("model", record.opened?.model)
        add("outcome", record.outcome.name)
        add("status", record.status == 0 ? nil : "\(record.status)")
        add("reason", record.reason)
        add("endpoint", record.opened?.endpoint.path)
        add("stream", record.opened.map { $0.isStreaming ? "true" : "false" })
        add("provider", record.opened?.provider)
        add("provider_model", record.opened?.providerModel)
        add("prompt_tokens", record.bill.prompt.tokens.map { "\($0)" })
        add("completion_tokens", record.bill.completion.tokens.map { "\($0)" })
        add("cost_nanodollars", record.priced.map { "\($0.nanodollars)" })
        add("first_byte_ms", record.usage.firstByteNanoseconds.map { "\($0 / 1_000_000)" })
        add("duration_ms", record.durationNanoseconds.map { "\($0 / 1_000_000)" })
        add("worker", "\(record.worker.slot)")
        add("generation", "\(record.worker.generation)")
        return line
    }
}
