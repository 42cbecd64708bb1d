/// Counts the tokens of one text that arrives in fragments.
///
/// A value: a copy goes on counting on its own.
public protocol TokenCounter: Sendable {
    /// Adds the next bytes of the text; a fragment may end within a UTF-8 sequence.
    mutating func append(_ bytes: UnsafeRawBufferPointer)
    /// Tokens of everything appended so far.
    var count: UInt64 { get }
}

/// A rule of thumb until a tokenizer is at hand: four bytes of text a token, rounded up.
///
/// What it gives is an estimate and is marked so wherever it is shown.
public struct EstimatingTokenCounter: TokenCounter {
    private var bytes: UInt64 = 0

    /// Nothing counted yet.
    public init() {}

    /// Takes the text that follows.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        self.bytes &+= UInt64(bytes.count)
    }

    public var count: UInt64 { (bytes &+ 3) / 4 }
}
