/// Counts the tokens of one text that arrives in fragments.
///
/// A value: a copy goes on counting on its own.
public protocol TokenCounter: Sendable {
    /// Adds the next bytes of the text; a fragment may end within a UTF-8 sequence.
    mutating func append(_ bytes: UnsafeRawBufferPointer)
    /// Tokens of everything appended so far.
    var count: UInt64 { get }
}
