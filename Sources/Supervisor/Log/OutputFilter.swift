import Redaction

/// The redaction that everything passes before it is logged.
enum OutputFilter {
    /// A filter for one stream.
    static func make() -> any StreamFilter { Unfiltered() }
}

/// Hands on what it gets.
struct Unfiltered: StreamFilter {
    mutating func write(
        _ bytes: UnsafeRawBufferPointer, to output: (UnsafeRawBufferPointer) -> Void
    ) { output(bytes) }

    mutating func flush(to output: (UnsafeRawBufferPointer) -> Void) {}
}
