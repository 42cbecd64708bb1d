/// What one client's connection is to do.
struct Errand: Equatable, Sendable {
    /// When a client leaves.
    enum Phase: Equatable, Sendable {
        /// With nothing sent.
        case connected
        /// With so many bytes of the request sent.
        case sent(Int)
        /// So many microseconds after the request.
        case waited(Int)
        /// When the answer's head is there.
        case head
        /// After so many tokens.
        case tokens(Int)
        /// When the event that ends a stream is there, to its last byte but the blank line.
        case terminal
    }

    /// How it leaves.
    enum Manner: CaseIterable, Equatable, Sendable {
        case fin
        case reset
        /// Only the sending side ends; it reads on.
        case half
    }

    var kind = ClientKind.reader
    var isUnix = false
    /// One after the other, or all at once.
    var orders: [StreamOrder]
    var pipelines = false
    /// Leaves within the last of its streams.
    var phase: Phase?
    var manner = Manner.fin
    /// Bytes of the receive buffer that is asked for; 0: the kernel's choice.
    var receiveBuffer = 0
    /// Bytes that are read at a time.
    var readSize = 262_144
    /// Microseconds between two reads.
    var readPause = 0
}
