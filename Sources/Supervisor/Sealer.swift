import Glibc

/// A program that a reload runs and waits for: the operator's command, which reads and seals a new
/// configuration, or a new supervisor, which looks at a handover.
struct Sealer {
    /// It has so long to do it, milliseconds.
    static let limit: UInt64 = 30_000

    /// What it is run for.
    enum Purpose: Equatable, Sendable { case seal, check }

    var process: ChildProcess
    var purpose = Purpose.seal
    /// The sealed descriptors that it has sent.
    var received: [Int32] = []
    /// False: it took too long, and only its end is awaited.
    var isWanted = true

    /// For the log.
    var title: String { "reload pid \(process.pid)" }

    /// Closes what was received and is not to be used.
    mutating func discardReceived() {
        for descriptor in received { Glibc.close(descriptor) }
        received = []
    }
}
