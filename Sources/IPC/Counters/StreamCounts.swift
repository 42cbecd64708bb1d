/// The counts of one open stream as its slot in the counters holds them; see `StreamUsage` for the meanings.
public struct StreamCounts: Equatable, Sendable {
    public var chunksFlushed: UInt64 = 0
    public var bytesFlushed: UInt64 = 0
    public var bytesAcknowledged: UInt64 = 0
    public var completionProduced: UInt64 = 0
    public var completionDelivered: UInt64 = 0
    /// 0: no byte was written yet.
    public var firstByteNanoseconds: UInt64 = 0
    public var providerAccepted = false
    public var countSource: CountSource = .estimated
    public var completionScript: ScriptClass?

    /// All zero.
    public init() {}
}
