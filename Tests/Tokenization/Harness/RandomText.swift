/// Texts that tokenizers are likely to disagree about, always the same for a seed.
struct RandomText {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }

    /// One text of up to 40 parts.
    mutating func text() -> String {
        var scalars = String.UnicodeScalarView()
        let only = below(3) == 0 ? below(Self.kinds) : nil
        for _ in 0...below(40) { append(only ?? below(Self.kinds), to: &scalars) }
        return String(scalars)
    }

    /// Bytes, mostly of a text, some of them changed, left out or inserted.
    mutating func bytes() -> [UInt8] {
        var bytes = Array(text().utf8)
        for _ in 0..<below(6) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(4) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(UInt8(0x80 + below(0x80)), at: place)
            default:
                // Halves of surrogate pairs, each in three bytes.
                let half = pick([0xD83D, 0xDE00, 0xD800, 0xDFFF])
                bytes.insert(
                    contentsOf: [0xED, UInt8(0x80 | half >> 6 & 0x3F), UInt8(0x80 | half & 0x3F)],
                    at: place)
            }
        }
        return bytes
    }

    /// Lengths that add up to a number.
    mutating func cuts(_ count: Int) -> [Int] {
        var lengths: [Int] = []
        var rest = count
        let longest = 1 + below(12)
        while rest > 0 {
            let length = min(rest, 1 + below(longest))
            lengths.append(length)
            rest -= length
        }
        return lengths
    }

    private static let kinds = 14
    private static let words = [
        "the", " quick", "Brown", " FOX", "don't", " I'LL", "we've", "'s", "'S", "'re", "'Ve",
        "'ll", "'lL",
        "it\u{2019}s", "'\u{17F}", "x\u{17F}'\u{17F}", "camelCase", "HTTPServer", "snake_case",
        "iPhone",
        "<|endoftext|>", "<EOT>", "<META>", "func", "return", "();", "://", "/**/", "==", "\\n",
        "//\n/",
    ]
    private static let people = [
        "\u{1F468}", "\u{1F469}", "\u{1F467}", "\u{1F9D1}", "\u{1F44D}", "\u{270B}",
    ]
    private static let blanks = [
        " ", " ", "  ", "    ", "\n", "\r\n", "\r", "\t", "\u{A0}", "\u{3000}", "\u{2028}",
        "\u{85}", "\u{B}",
        "\u{C}", "\u{1680}", "\u{2003}", "\n\n", " \n ",
    ]
    private static let ranges: [[ClosedRange<UInt32>]] = [
        [0x4E00...0x9FFF, 0x3041...0x309F, 0x30A0...0x30FF, 0xAC00...0xD7A3, 0x3000...0x303F],
        [
            0x300...0x36F, 0x483...0x487, 0x591...0x5C7, 0x64B...0x65F, 0x93A...0x94D,
            0xE38...0xE3A, 0x3099...0x309A,
        ],
        [
            0x400...0x4FF, 0x370...0x3FF, 0x5D0...0x5EA, 0x620...0x64A, 0x905...0x939,
            0xE01...0xE30, 0x1E00...0x1EFF,
        ],
        [
            0xFF00...0xFFEF, 0x2100...0x218F, 0x2460...0x24FF, 0x1100...0x11FF, 0xFB00...0xFDFF,
            0x2F00...0x2FDF,
        ],
        [0x20...0x7E], [0...0x1F, 0x7F...0xA0], [0xC0...0x24F],
    ]

    private mutating func append(_ kind: Int, to scalars: inout String.UnicodeScalarView) {
        func add(_ text: String) { scalars.append(contentsOf: text.unicodeScalars) }
        func add(_ value: UInt32) {
            if let scalar = Unicode.Scalar(value) { scalars.append(scalar) }
        }
        switch kind {
        case 0: add(pick(Self.words))
        case 1: add(pick(Self.blanks))
        case 2:
            // A family, each with a skin tone perhaps, joined.
            for index in 0...below(4) {
                if index > 0 { add("\u{200D}") }
                add(pick(Self.people))
                if below(2) == 0 { add(UInt32(0x1F3FB + below(5))) }
                if below(4) == 0 { add("\u{FE0F}") }
            }
        case 3: for _ in 0...below(3) { add(UInt32(0x1F1E6 + below(26))) }
        case 4: add(UInt32(0x1F300 + below(0x600)))
        case 5: for _ in 0...below(8) { add(UInt32(0x30 + below(10))) }
        case 6: add(UInt32(below(0x110000)))
        default:
            let range = pick(Self.ranges[kind - 7])
            for _ in 0...below(4) {
                add(range.lowerBound + UInt32(below(range.count)))
            }
        }
    }
}
