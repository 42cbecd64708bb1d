import NIOCore

/// One thing that a scripted answer does next.
enum Step: Equatable, Sendable {
    /// Bytes for the wire, in which so many whole events end.
    case send(ByteBuffer, events: Int)
    /// What was sent goes out before anything else is.
    case flush
    case pause(microseconds: Int)
    /// Nothing more until the peer leaves.
    case stall
    /// A TCP reset.
    case reset
    /// The connection's end.
    case close
}
