import Glibc
import IPC

/// This process's end of a child's control socket, with what could not be sent yet.
struct ControlLink {
    /// A message that may wait. It names what it passes on, and the descriptors are looked up when it
    /// is sent: one that was closed in the meantime may by then be another file's number.
    enum Outgoing: Equatable, Sendable {
        case drain(milliseconds: UInt32)
        /// A worker's channel, by its incarnation.
        case attach(incarnation: UInt64)
        /// The accountant's configuration of a generation.
        case configure(generation: UInt32)
    }

    /// How a flush ended.
    enum Flushed: Equatable, Sendable {
        /// All is sent, or waits for the peer to read.
        case open
        /// The peer is gone (errno).
        case gone(Int32)
    }

    let socket: ControlSocket
    private(set) var waiting: [Outgoing] = []

    init(descriptor: Int32) { socket = ControlSocket(descriptor: descriptor) }

    /// Puts a message behind those that wait.
    mutating func add(_ message: Outgoing) { waiting.append(message) }

    /// Sends what waits, in order, until the peer's buffer is full.
    ///
    /// - Parameter resolve: the message with its descriptors; nil drops it, since what it speaks of
    ///   is no more.
    mutating func flush(
        _ resolve: (Outgoing) -> (ControlMessage, descriptors: [Int32])?
    ) -> Flushed {
        while let next = waiting.first {
            if let (message, descriptors) = resolve(next) {
                switch socket.send(message, descriptors: descriptors) {
                case .sent: break
                case .full: return .open
                case .gone(let reason): return .gone(reason)
                }
            }
            waiting = Array(waiting.dropFirst())
        }
        return .open
    }
}
