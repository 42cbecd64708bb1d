/// How a stream ended.
public enum Outcome: UInt8, CaseIterable, Sendable {
    /// The provider's terminal event (or the whole body) reached the client's connection.
    case completed = 1
    /// The client's connection ended first.
    case clientGone = 2
    /// The provider answered with an error: a status of 400 and above, or an error event in a stream.
    case providerError = 3
    /// The provider could not be reached, broke off, or did not answer in its own protocol.
    case providerFailed = 4
    /// The provider kept silent longer than the configured time.
    case providerTimeout = 5
    /// The worker died while the stream was open. Settled by the accountant from the counters.
    case workerLost = 6
    /// The drain time was over before the stream was.
    case drained = 7
    /// The gateway itself refused the request of a known client (unknown model, bad body, overload).
    case rejected = 8

    /// The name in records, in filters and in logs.
    public var name: String {
        switch self {
        case .completed: "completed"
        case .clientGone: "client_gone"
        case .providerError: "provider_error"
        case .providerFailed: "provider_failed"
        case .providerTimeout: "provider_timeout"
        case .workerLost: "worker_lost"
        case .drained: "drained"
        case .rejected: "rejected"
        }
    }

    /// The outcome of that name, nil when there is none.
    public init?(name: String) {
        guard let found = Outcome.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}
