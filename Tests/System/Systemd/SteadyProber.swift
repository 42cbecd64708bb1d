import Foundation
import Glibc

/// Clients that connect at a steady rate, whatever becomes of the ones before, and ask for an answer.
final class SteadyProber: Sendable {
    struct Counts: Sendable {
        var isStopped = false
        var over = 0
        var connected = 0
        var answered = 0
        /// connect(2) failed.
        var refused = 0
        /// Accepted by the kernel, and ended without an answer.
        var broken = 0
        var seconds = 0.0
    }

    /// Connections at a time; together they make 200 a second.
    static let openMax = 20
    private static let interval = 0.1

    private let counts = Observed(Counts())
    private let startedAt = Clock.now

    init(port: Int) {
        let counts = counts
        let request = Request.get("/v1/models", key: Gateway.clientKey)
        for client in 0..<Self.openMax {
            Thread.detachNewThread {
                var dueAt =
                    Clock.now + Int(Double(client) * Self.interval / Double(Self.openMax) * 1e9)
                while !counts.value.isStopped {
                    let rest = Double(dueAt - Clock.now) / 1e9
                    if rest > 0 {
                        _ = try? counts.wait(for: "the next turn", seconds: rest) { $0.isStopped }
                    }
                    // One that had to wait is not made up for: the others kept the rate.
                    dueAt = max(dueAt + Int(Self.interval * 1e9), Clock.now)
                    Self.probe(port, request, counts)
                }
                counts.update { $0.over += 1 }
            }
        }
    }

    deinit { counts.update { $0.isStopped = true } }

    private static func probe(_ port: Int, _ request: [UInt8], _ counts: Observed<Counts>) {
        guard let connection = try? Connection(port: port) else {
            return counts.update { $0.refused += 1 }
        }
        counts.update { $0.connected += 1 }
        let isAnswered: Bool
        do {
            try connection.send(request)
            isAnswered = try connection.answer().status == 200
        } catch {
            isAnswered = false
        }
        counts.update { if isAnswered { $0.answered += 1 } else { $0.broken += 1 } }
    }

    /// - Throws: `HangGuard.Expired`.
    func waitForAnswers(_ count: Int) throws {
        try HangGuard.poll(for: "\(count) answers") {
            counts.value.answered >= count ? () : nil
        }
    }

    /// Stops, and waits for those that are under way.
    func stop() -> Counts {
        counts.update { $0.isStopped = true }
        _ = try? HangGuard.poll(for: "the end of the clients") {
            counts.value.over == Self.openMax ? () : nil
        }
        var result = counts.value
        result.seconds = Double(Clock.now - startedAt) / 1e9
        return result
    }
}
