import CLinux
import Glibc

/// What happened so far: a log of JSON lines, running totals, and those who wait for either.
/// Belongs to the event loop.
final class Journal {
    /// Running totals since the start; connections of the control interface are not among them.
    struct Totals: Equatable, Sendable {
        /// Open connections.
        var connections = 0
        /// Requests that were not answered to their end yet.
        var inFlight = 0
        var requests = 0
        var ended = 0
        var events = 0
        var bytes = 0
    }

    /// What someone waits for; all of it must hold.
    struct Condition: Equatable, Sendable {
        /// No request is in flight.
        var idle = false
        var connectionsAtMost: Int?
        var inFlight: Int?
        var requests: Int?
        var ended: Int?
        var events: Int?
        var lines: Int?

        init() {}

        /// Reads a query: `wait_until_idle=1`, `wait_connections=N` (at most), and `wait_in_flight`,
        /// `wait_requests`, `wait_ended`, `wait_events`, `wait_lines` (at least N).
        init(query: Substring) {
            for pair in query.split(separator: "&") {
                let halves = pair.split(separator: "=", maxSplits: 1)
                let value = halves.count > 1 ? Int(halves[1]) : nil
                switch halves.first {
                case "wait_until_idle": idle = value != 0
                case "wait_connections": connectionsAtMost = value
                case "wait_in_flight": inFlight = value
                case "wait_requests": requests = value
                case "wait_ended": ended = value
                case "wait_events": events = value
                case "wait_lines": lines = value
                default: break
                }
            }
        }

        func holds(_ totals: Totals, lines written: Int) -> Bool {
            (!idle || totals.inFlight == 0) && totals.connections <= connectionsAtMost ?? .max
                && totals.inFlight >= inFlight ?? 0 && totals.requests >= requests ?? 0
                && totals.ended >= ended ?? 0 && totals.events >= events ?? 0
                && written >= lines ?? 0
        }
    }

    /// Lines that are kept in memory.
    static let linesMax = 200_000

    var provider = Provider()
    private(set) var totals = Totals()
    private var lines: [String] = []
    private var dropped = 0
    private var waiters: [(condition: Condition, answer: () -> Void)] = []
    private var connections = 0
    private let file: Int32?

    /// - Parameter file: descriptor to which each line is appended too.
    init(file: Int32?) { self.file = file }

    /// A number for a connection.
    func nextConnection() -> Int {
        connections += 1
        return connections
    }

    /// Changes the totals and answers those whose condition now holds.
    func count(_ change: (inout Totals) -> Void) {
        change(&totals)
        notify()
    }

    /// Appends one line; the moment is added.
    func log(_ members: [(String, JSON)]) {
        let line = JSON.object(members + [("at_ns", .int(Int(route_monotonic_ns())))]).text + "\n"
        if lines.count == Journal.linesMax {
            lines.removeFirst(Journal.linesMax / 2)
            dropped += Journal.linesMax / 2
        }
        lines.append(line)
        if let file {
            var line = line
            line.withUTF8 { _ = write(file, $0.baseAddress, $0.count) }
        }
        notify()
    }

    /// The lines from that number on.
    func text(from number: Int) -> String { lines.dropFirst(max(0, number - dropped)).joined() }

    /// The totals as JSON.
    var statistics: JSON {
        [
            "connections": .int(totals.connections), "in_flight": .int(totals.inFlight),
            "requests": .int(totals.requests), "ended": .int(totals.ended),
            "events": .int(totals.events), "bytes": .int(totals.bytes),
            "lines": .int(dropped + lines.count),
        ]
    }

    /// Answers once the condition holds: now, or after a later change.
    func wait(for condition: Condition, _ answer: @escaping () -> Void) {
        if condition.holds(totals, lines: dropped + lines.count) {
            answer()
        } else {
            waiters.append((condition, answer))
        }
    }

    private func notify() {
        guard !waiters.isEmpty else { return }
        let written = dropped + lines.count
        let ready = waiters.filter { $0.condition.holds(totals, lines: written) }
        guard !ready.isEmpty else { return }
        waiters.removeAll { $0.condition.holds(totals, lines: written) }
        for waiter in ready { waiter.answer() }
    }
}
