import Redaction

/// The redaction that everything passes before it is logged.
enum OutputFilter {
    /// A filter for one stream: by shape, by name, and by the values of the configuration's secrets,
    /// of which this process has hashes only.
    static func make(_ known: KnownSecrets? = nil) -> any StreamFilter { Redactor(known: known) }

    /// The same, which goes on in the middle of a stream.
    static func make(
        _ known: KnownSecrets?, resuming context: Redactor.Context
    ) -> any StreamFilter { Redactor(known: known, resuming: context) }
}
