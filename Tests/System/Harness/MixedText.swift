/// Texts on which tokenizers differ: emoji with joiners, skin tones and flags, Han, kana and Hangul, marks
/// that combine, scripts side by side, runs of blanks. Always the same for a seed.
struct MixedText {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    private mutating func next(below limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((word ^ word >> 31) % UInt64(limit))
    }

    private static let people = ["👩", "👨", "🧑", "👧", "👍", "✋"]
    private static let tones = ["🏻", "🏽", "🏿", ""]
    private static let blanks = [" ", "  ", "\n", "\n\n", "\t", "    ", "\u{A0}", "\r\n", " \n "]
    private static let words = [
        "the", "stream", "don't", "Größe", "naïve", "HTTPServer", "tokens", "=>", "();", "12345",
        "{\"a\":1}",
        "привет", "κόσμος", "שלום", "مرحبا", "नमस्ते", "สวัสดี", "日本語", "世界", "안녕하세요", "カタカナ", "水",
    ]
    private static let marks = ["\u{301}", "\u{308}", "\u{20DD}", "\u{332}"]

    private mutating func pick(_ list: [String]) -> String { list[next(below: list.count)] }

    /// A text of so many parts.
    mutating func text(parts: Int) -> String {
        var text = ""
        for _ in 0..<parts {
            switch next(below: 8) {
            case 0:
                for index in 0...next(below: 3) {
                    text += (index == 0 ? "" : "\u{200D}") + pick(Self.people) + pick(Self.tones)
                }
            case 1:
                for _ in 0..<2 {
                    text.unicodeScalars.append(
                        Unicode.Scalar(UInt32(0x1F1E6 + next(below: 26))) ?? "x")
                }
            case 2: text += ["e", "o", "한", "あ"][next(below: 4)] + pick(Self.marks)
            case 3: text += pick(Self.blanks)
            default: text += pick(Self.words) + (next(below: 3) == 0 ? "" : " ")
            }
        }
        return text
    }
}
