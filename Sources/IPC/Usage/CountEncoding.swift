/// The vocabulary that this gateway counted with.
public enum CountEncoding: UInt8, CaseIterable, Sendable {
    case cl100k = 1
    case o200k = 2
    case p50k = 3
    /// The public tokenizer of Claude 2.
    case claude = 4
}
