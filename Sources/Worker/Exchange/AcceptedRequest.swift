import Configuration
import IPC
import NIOCore

/// A request that was read, understood and routed: what an exchange begins with.
struct AcceptedRequest {
    /// The record's name for the client.
    let keyName: String
    let endpoint: Endpoint
    /// The model as the client named it.
    let model: String
    /// Index of the provider, and the model's name there.
    let provider: Int
    let providerModel: String
    let isStreaming: Bool
    /// The worker asked for the usage chunk, not the client.
    let hidesUsage: Bool
    let prompt: RequestCount
    /// What the answer is counted with.
    let plan: CountPlan
    /// Nanoseconds since the epoch, and of the monotonic clock, when the request was whole.
    let startedAt: Int64
    let started: UInt64
}
