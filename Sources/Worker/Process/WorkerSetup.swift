import Configuration
import IPC
import Redaction
import Secrets
import Tokenization

/// What a worker is started with. The descriptors become the worker's own.
struct WorkerSetup: Sendable {
    var configuration: WorkerConfiguration
    var secrets: [Secret]
    /// Where these secrets, and those of clients, are made known for the redaction.
    var known: KnownSecrets
    var vocabularies: Vocabularies
    /// Listening sockets for clients, shared with the other workers, non-blocking.
    var listeners: [Int32]
    /// The same, for clients that speak TLS.
    var secureListeners: [Int32] = []
    /// The sending end of the usage channel.
    var usage: Int32
    /// The counters' memfd.
    var counters: Int32
    /// The socket to the supervisor; nil in tests.
    var control: Int32?
    var clock = Clock.system
    /// How the names of providers are looked up.
    var resolve: NameLookup.Resolve = NameLookup.system
}
