/// What the supervisor and its children say to each other on the `control` socket (SOCK_SEQPACKET,
/// one message a packet). End of file on it means that the other side is gone.
public enum ControlMessage: Equatable, Sendable {
    // From the supervisor.

    /// Answer with `pong` of the same number, from the loop that does the work.
    case ping(UInt64)
    /// Stop taking new work, finish what is open within the time, settle, exit 0.
    case drain(milliseconds: UInt32)
    /// To the accountant, with two descriptors: the receiving end of a worker's usage channel and its counters.
    case attach(WorkerIdentity)
    /// To the accountant, with one descriptor: a new sealed configuration.
    case configure

    // From a child.

    /// The worker accepts connections; the accountant has opened its ledger.
    case ready
    /// The answer to `ping`, and how the child is: memory that is in RAM, bytes; 0: it does not know.
    case pong(UInt64, openStreams: UInt32, residentBytes: UInt64 = 0)
    /// From the accountant: the worker's channel was read to its end, every stream of it is settled.
    case released(incarnation: UInt64)
    /// From the accountant: the outcome of `configure`.
    case configured(accepted: Bool)
}

/// One worker process, as all parts of the product name it.
public struct WorkerIdentity: Equatable, Hashable, Sendable {
    /// Random, minted by the supervisor at each spawn; unique over restarts of everything.
    public var incarnation: UInt64
    /// The worker's place, from 0 to `workers - 1`.
    public var slot: UInt16
    /// The configuration's generation: 1 at the start, one more with each reload.
    public var generation: UInt32

    /// Memberwise.
    public init(incarnation: UInt64, slot: UInt16, generation: UInt32) {
        self.incarnation = incarnation
        self.slot = slot
        self.generation = generation
    }
}
