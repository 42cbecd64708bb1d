import Foundation

/// Waits for what becomes of a reload, which the admin interface tells. That may be away for a moment: an upgrade
/// replaces it too.
struct ReloadOutcome {
    /// Between two questions.
    private static let pause = Duration.milliseconds(100)

    private let client: AdminClient
    private let stateDirectory: String
    /// Reloads that had been asked for before.
    private let requested: Int64

    /// Looks at the reloads that there were before; the new one is asked for afterwards.
    ///
    /// - Throws: `CommandFailure` when no gateway answers.
    init(_ client: AdminClient, stateDirectory: String) async throws {
        self.client = client
        self.stateDirectory = stateDirectory
        guard case .integer(let count) = try await Self.reloads(client).at(["requested"]) else {
            throw CommandFailure(
                .unavailable,
                "the running gateway does not tell the outcome of a reload: use --no-wait, and its log "
                    + "tells it")
        }
        requested = count
    }

    /// The word on a reload that succeeded.
    ///
    /// - Throws: `CommandFailure`: why the old configuration stays, or what kept us from learning it.
    func wait(for pid: pid_t, seconds: Int) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            if let reloads = try? await Self.reloads(client),
                case .integer(let finished) = reloads.at(["finished"]), finished > requested
            {
                let refusal = reloads.at(["refusal"])
                guard refusal == .null else {
                    throw CommandFailure(
                        .configuration, "the old configuration stays: \(refusal.text)")
                }
                return "reloaded (pid \(pid))"
            }
            guard ReloadCommand.isRunning(stateDirectory: stateDirectory) else {
                throw CommandFailure(.unavailable, "the gateway ended before its reload did")
            }
            try await Task.sleep(for: Self.pause)
        }
        throw CommandFailure(
            .temporary,
            "the reload was not over after \(seconds) s; the gateway's log tells its outcome")
    }

    private static func reloads(_ client: AdminClient) async throws -> JSONValue {
        for try await line in try await client.lines("/status") {
            return try JSONValue(parsing: line).at(["reloads"])
        }
        throw CommandFailure(.unavailable, "the gateway's answer is empty")
    }
}
