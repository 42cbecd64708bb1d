/// Deterministic text: the same words for the same seed, on every machine.
struct WordSource {
    /// SplitMix64 (Steele, Lea, Flood 2014).
    private var state: UInt64

    private static let words = [
        "route", "stream", "the", "quick", "naïve", "größer", "水", "日本語の文字", "привет",
        "🚀", "👩‍👩‍👧‍👦", "e\u{301}tude", "שלום", "\"quoted\"", "back\\slash", "tab\there", "line\nbreak",
        "data:", "[DONE]", "a\u{2028}b", "token", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "한국어", "<|endoftext|>",
    ]

    init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) }

    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// The next word with a space behind it; padded with ASCII to `size` bytes where that is more.
    mutating func word(size: Int = 0) -> String {
        let index = Int(next() % UInt64(WordSource.words.count))
        let word = WordSource.words[index] + " "
        let missing = size - word.utf8.count
        return missing > 0 ? word + String(repeating: "x", count: missing) : word
    }

    /// The text in pieces of 1 to 9 scalars.
    mutating func cut(_ text: String) -> [String] {
        var pieces: [String] = []
        var rest = text.unicodeScalars[...]
        while !rest.isEmpty {
            let count = Int(next() % 9) + 1
            pieces.append(String(String.UnicodeScalarView(rest.prefix(count))))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    /// A number from 0 up to 1.
    mutating func fraction() -> Double { Double(next() >> 40) / Double(1 << 24) }
}
