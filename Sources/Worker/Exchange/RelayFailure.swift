import IPC

/// Why a request of a known client did not end well: what the record says, and what the client is told.
/// Every text is fixed; none comes from a peer.
enum RelayFailure: Error, Equatable, CaseIterable, Sendable {
    // The gateway refuses.
    case overloaded
    case unknownModel
    case wrongFamily
    case passthroughNeedsOwnKey

    // All connections to the provider that there may be are in use.
    case tooManyWaiting
    case waitedTooLong

    // The provider.
    case connectFailed
    case connectTimedOut
    case tlsFailed
    case providerClosed
    case badHead
    case badFraming
    /// An error in a content coding that was not asked for.
    case encodedError
    case truncated
    case noTerminalEvent
    case silent
    case headTimedOut

    // The operator.
    case drained

    /// The identifier in the record.
    var reason: StaticString {
        switch self {
        case .overloaded: "overloaded"
        case .unknownModel: "unknown_model"
        case .wrongFamily: "wrong_family"
        case .passthroughNeedsOwnKey: "passthrough_needs_own_key"
        case .tooManyWaiting: "waiting_max"
        case .waitedTooLong: "waiting_timeout"
        case .connectFailed: "connect_failed"
        case .connectTimedOut: "connect_timeout"
        case .tlsFailed: "tls_failed"
        case .providerClosed: "provider_closed"
        case .badHead: "bad_head"
        case .badFraming: "bad_framing"
        case .encodedError: "encoded_error"
        case .truncated: "truncated"
        case .noTerminalEvent: "no_terminal_event"
        case .silent: "stream_idle_timeout"
        case .headTimedOut: "response_timeout"
        case .drained: "drain_deadline"
        }
    }

    /// The outcome of a stream that ends so.
    var outcome: Outcome {
        switch self {
        case .overloaded, .unknownModel, .wrongFamily, .passthroughNeedsOwnKey,
            .tooManyWaiting, .waitedTooLong:
            .rejected
        case .connectTimedOut, .silent, .headTimedOut: .providerTimeout
        case .drained: .drained
        case .connectFailed, .tlsFailed, .providerClosed, .badHead, .badFraming, .encodedError,
            .truncated, .noTerminalEvent:
            .providerFailed
        }
    }

    /// The error that the client is answered with while no answer has begun.
    var answer: GatewayError {
        switch self {
        case .overloaded: .overloaded
        case .unknownModel, .wrongFamily: .unknownModel
        case .passthroughNeedsOwnKey: .wrongKey
        case .tooManyWaiting, .waitedTooLong: .providerBusy
        case .connectTimedOut, .silent, .headTimedOut: .providerTimedOut
        case .drained: .shuttingDown
        case .connectFailed, .tlsFailed: .providerUnreachable
        case .providerClosed, .badHead, .badFraming, .encodedError, .truncated, .noTerminalEvent:
            .providerBroken
        }
    }
}
