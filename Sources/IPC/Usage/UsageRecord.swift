/// What a worker tells the accountant about a stream, on the usage channel.
public enum UsageRecord: Equatable, Sendable {
    case opened(StreamOpened)
    case progress(StreamProgress)
    case settled(StreamSettled)
    case amended(StreamAmended)

    /// The stream's number, unique in the worker process that minted it.
    public var stream: UInt64 {
        switch self {
        case .opened(let record): record.stream
        case .progress(let record): record.stream
        case .settled(let record): record.stream
        case .amended(let record): record.stream
        }
    }
}

/// The first record of a stream. It is in the kernel's queue before the provider is dialled.
public struct StreamOpened: Equatable, Sendable {
    /// Number minted by the worker, from 1 upwards, never used again by that process.
    public var stream: UInt64
    /// Index of the stream's slot in the worker's counters; nil for a request that was refused outright.
    public var slot: UInt32?
    /// Nanoseconds since the epoch.
    public var startedAt: Int64
    /// The configured name of the client's key, never the key.
    public var key: String
    public var endpoint: Endpoint
    /// The model as the client named it, cut to 256 bytes.
    public var model: String
    /// The configured provider's name; nil where no route was found.
    public var provider: String?
    /// The model as the provider was told.
    public var providerModel: String?
    /// Whether the client asked for a stream.
    public var isStreaming: Bool
    /// Prompt tokens counted here before the provider was dialled: what a stream whose worker dies
    /// before its first progress record is charged, once the provider accepted it.
    public var promptProduced: UInt64?
    /// How exact `promptProduced` is.
    public var countSource: CountSource
    /// What `promptProduced` was made of; nil where nothing was counted with a vocabulary.
    public var promptBasis: PromptBasis?

    /// Memberwise.
    public init(
        stream: UInt64, slot: UInt32?, startedAt: Int64, key: String, endpoint: Endpoint,
        model: String, provider: String?, providerModel: String?, isStreaming: Bool,
        promptProduced: UInt64? = nil, countSource: CountSource = .estimated,
        promptBasis: PromptBasis? = nil
    ) {
        self.stream = stream
        self.slot = slot
        self.startedAt = startedAt
        self.key = key
        self.endpoint = endpoint
        self.model = model
        self.provider = provider
        self.providerModel = providerModel
        self.isStreaming = isStreaming
        self.promptProduced = promptProduced
        self.countSource = countSource
        self.promptBasis = promptBasis
    }
}

/// Where an open stream stands.
public struct StreamProgress: Equatable, Sendable {
    public var stream: UInt64
    /// Rises with every record of the stream; a lower one than the last applied is stale.
    public var sequence: UInt64
    public var usage: StreamUsage

    /// Memberwise.
    public init(stream: UInt64, sequence: UInt64, usage: StreamUsage) {
        self.stream = stream
        self.sequence = sequence
        self.usage = usage
    }
}

/// The last record of a stream; exactly one is applied.
public struct StreamSettled: Equatable, Sendable {
    public var stream: UInt64
    public var sequence: UInt64
    public var outcome: Outcome
    /// The HTTP status that the client was sent, 0 when none was.
    public var status: UInt16
    /// Nanoseconds from the request to the end.
    public var durationNanoseconds: UInt64
    /// A short fixed identifier of what went wrong (`connect_refused`, `unknown_model`, …), never
    /// text from a peer; nil where nothing did.
    public var reason: String?
    public var usage: StreamUsage

    /// Memberwise.
    public init(
        stream: UInt64, sequence: UInt64, outcome: Outcome, status: UInt16,
        durationNanoseconds: UInt64, reason: String?, usage: StreamUsage
    ) {
        self.stream = stream
        self.sequence = sequence
        self.outcome = outcome
        self.status = status
        self.durationNanoseconds = durationNanoseconds
        self.reason = reason
        self.usage = usage
    }
}

/// What came to be known of a stream after its end: the provider's final report, which was read on for
/// because an abort would not have stopped its billing. It can make a record's evidence better, never
/// what was delivered more.
public struct StreamAmended: Equatable, Sendable {
    public var stream: UInt64
    /// Above that of the stream's `settled`.
    public var sequence: UInt64
    /// As in `settled`, with what the provider has reported and produced since. The rest is that of the end.
    public var usage: StreamUsage

    /// Memberwise.
    public init(stream: UInt64, sequence: UInt64, usage: StreamUsage) {
        self.stream = stream
        self.sequence = sequence
        self.usage = usage
    }
}
