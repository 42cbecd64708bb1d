/// What a client is like.
enum ClientKind: String, CaseIterable, Sendable {
    case reader
    case keepAlive = "keep-alive"
    case pipeliner
    case slowReader = "slow reader"
    /// Leaves before its request is whole.
    case earlyLeaver = "early leaver"
    /// Leaves after its request, before the answer's first content.
    case impatient
    /// Leaves in the middle of the answer.
    case leaver
    /// Leaves in the last event or right behind it.
    case lastEventLeaver = "last-event leaver"
    /// Reads slowly, and leaves in the middle.
    case slowLeaver = "slow leaver"
    /// Shuts its sending side down and reads on.
    case halfCloser = "half-closer"
    /// Asks for an answer that fails.
    case faultCaller = "caller of faults"
}
