import Redaction

/// Hands on what it gets.
struct Unfiltered: StreamFilter {
    mutating func write(
        _ bytes: UnsafeRawBufferPointer, to output: (UnsafeRawBufferPointer) -> Void
    ) { output(bytes) }

    mutating func flush(to output: (UnsafeRawBufferPointer) -> Void) {}

    mutating func finish(to output: (UnsafeRawBufferPointer) -> Void) {}
}
