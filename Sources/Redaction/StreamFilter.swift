/// What stands between those who write and those who read: takes any pieces of a stream, and hands on
/// what may be seen. It may hold bytes back until it knows what they belong to.
public protocol StreamFilter {
    /// Takes the next bytes.
    mutating func write(
        _ bytes: UnsafeRawBufferPointer, to output: (UnsafeRawBufferPointer) -> Void)
    /// Hands on what it held back: nothing follows for now.
    mutating func flush(to output: (UnsafeRawBufferPointer) -> Void)
    /// Hands on what it held back and forgets it: what follows is another text.
    mutating func finish(to output: (UnsafeRawBufferPointer) -> Void)
}

extension Redactor: StreamFilter {}
