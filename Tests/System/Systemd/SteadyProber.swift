import Foundation
import Glibc

/// Clients that connect 200 times a second, whatever becomes of the ones before, and ask for an answer.
final class SteadyProber: Sendable {
    struct Counts: Sendable {
        var isStopped = false
        var begun = 0
        var over = 0
        var connected = 0
        var answered = 0
        /// connect(2) failed.
        var refused = 0
        /// Accepted by the kernel, and ended without an answer.
        var broken = 0
        var seconds = 0.0
    }

    /// Connections a second.
    static let rate = 200

    private let counts = Observed(Counts())
    private let startedAt = Clock.now

    init(port: Int) {
        let counts = counts
        let startedAt = startedAt
        let request = Request.get("/v1/models", key: Gateway.clientKey)
        Thread.detachNewThread {
            while !counts.value.isStopped {
                // By the clock: who is late makes up for it.
                let due = startedAt + counts.value.begun * 1_000_000_000 / Self.rate
                let rest = Double(due - Clock.now) / 1e9
                if rest > 0 {
                    _ = try? counts.wait(for: "the next turn", seconds: rest) { $0.isStopped }
                    continue
                }
                counts.update { $0.begun += 1 }
                // One thread each: while the service is away they wait, and the next ones come all the same.
                Thread.detachNewThread {
                    Self.probe(port, request, counts)
                    counts.update { $0.over += 1 }
                }
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
        let seconds = Double(Clock.now - startedAt) / 1e9
        counts.update { $0.isStopped = true }
        _ = try? HangGuard.poll(for: "the end of the clients") {
            counts.value.over == counts.value.begun ? () : nil
        }
        var result = counts.value
        result.seconds = seconds
        return result
    }
}
