import Foundation
import Glibc

/// A client that connects again and again, and notes every connection that was refused.
final class Prober: Sendable {
    struct State: Sendable {
        var isStopped = false
        var isOver = false
        /// Connections that were made, and requests on them that were answered with 200.
        var connected = 0
        var answered = 0
        /// Errors of connect(2).
        var refusals: [Int32] = []
        /// When the last answer came.
        var lastAnswerAt = 0
    }

    let state = Observed(State())

    init(port: Int) {
        let state = state
        let request = Request.get("/v1/models", key: Gateway.clientKey)
        Thread.detachNewThread {
            while !state.value.isStopped { Self.probe(port, request, state) }
            state.update { $0.isOver = true }
        }
    }

    deinit { state.update { $0.isStopped = true } }

    private static func probe(_ port: Int, _ request: [UInt8], _ state: Observed<State>) {
        do {
            let connection = try Connection(port: port)
            state.update { $0.connected += 1 }
            try connection.send(request)
            if try connection.answer().status == 200 {
                state.update {
                    $0.answered += 1
                    $0.lastAnswerAt = Clock.now
                }
            }
        } catch let failure as Connection.Failure where failure.call == "connect" {
            state.update { $0.refusals.append(failure.reason) }
        } catch {
            // The worker that had accepted it was killed: that is not a refusal.
        }
    }

    /// Waits for an answer that came after that moment.
    ///
    /// - Returns: seconds between the two.
    /// - Throws: `HangGuard.Expired`.
    @discardableResult
    func waitForAnswer(after moment: Int) throws -> Double {
        let state = try state.wait(for: "an answer to a new connection") {
            $0.lastAnswerAt > moment
        }
        return Double(state.lastAnswerAt - moment) / 1e9
    }

    /// Stops, and gives what it saw.
    ///
    /// - Throws: `HangGuard.Expired`.
    func stop() throws -> State {
        state.update { $0.isStopped = true }
        return try state.wait(for: "the prober's end") { $0.isOver }
    }
}
