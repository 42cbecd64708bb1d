/// What a text is mostly made of. Between a public tokenizer and the one that a provider really uses,
/// the ratio of the counts differs by this far more than by anything else that is cheap to see.
public enum ScriptClass: UInt8, CaseIterable, Sendable {
    /// Prose in Latin letters.
    case latin = 1
    /// Source code, JSON, base64, tables of numbers: ASCII with few words in it.
    case structured = 2
    /// Han, kana, Hangul.
    case cjk = 3
    /// Any other script: Cyrillic, Greek, Arabic, Hebrew, Devanagari, Thai, …
    case otherScript = 4
    /// Emoji and pictographs in such a number that they make the count.
    case emoji = 5

    /// The name in tables and in tests.
    public var name: String {
        switch self {
        case .latin: "latin"
        case .structured: "structured"
        case .cjk: "cjk"
        case .otherScript: "other"
        case .emoji: "emoji"
        }
    }
}
