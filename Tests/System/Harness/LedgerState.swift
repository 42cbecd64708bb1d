import Foundation

/// What `GET /status` says of the ledger.
struct LedgerState: Decodable, Sendable {
    var records: Int?
    var ledger_failing: Bool
    var ledger_error: String?

    /// - Throws: what the connection or the decoder throws, and `SystemFailure`.
    static func of(_ gateway: Gateway) throws -> LedgerState {
        let answer = try Connection.ask(Request.get("/status"), port: gateway.adminPort)
        guard answer.status == 200 else {
            throw SystemFailure("GET /status: \(answer.status ?? 0) \(answer.text)")
        }
        return try JSONDecoder().decode(LedgerState.self, from: Data(answer.body))
    }

    /// Waits until the ledger fails, or works again.
    ///
    /// - Throws: `HangGuard.Expired`.
    @discardableResult
    static func wait(failing: Bool, _ gateway: Gateway) throws -> LedgerState {
        try HangGuard.poll(for: failing ? "a ledger that fails" : "a ledger that works") {
            guard let state = try? of(gateway) else { return nil }
            return state.ledger_failing == failing ? state : nil
        }
    }
}
