import Glibc

/// The operator's command, started once more to read and seal a new configuration.
struct Sealer {
    /// It has so long to do it, milliseconds.
    static let limit: UInt64 = 30_000

    var process: ChildProcess
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
