/// Puts the `\uXXXX` escapes of a JSON string together: pairs of surrogates become one scalar, lone ones U+FFFD.
struct UnicodeEscapes: Sendable {
    private var unit: UInt32 = 0
    private var digits: UInt8 = 0
    /// A high surrogate whose other half may follow; 0: none.
    private var high: UInt32 = 0

    /// One or two scalars in UTF-8, packed from the lowest byte up.
    struct Text {
        var packed: UInt64 = 0
        var count = 0

        mutating func append(_ scalar: UInt32) {
            let value = scalar
            switch value {
            case 0..<0x80: append(byte: value)
            case 0x80..<0x800:
                append(byte: 0xC0 | value >> 6)
                append(byte: 0x80 | value & 0x3F)
            case 0x800..<0x10000:
                append(byte: 0xE0 | value >> 12)
                append(byte: 0x80 | value >> 6 & 0x3F)
                append(byte: 0x80 | value & 0x3F)
            default:
                append(byte: 0xF0 | value >> 18 & 0x07)
                append(byte: 0x80 | value >> 12 & 0x3F)
                append(byte: 0x80 | value >> 6 & 0x3F)
                append(byte: 0x80 | value & 0x3F)
            }
        }

        private mutating func append(byte: UInt32) {
            packed |= UInt64(byte & 0xFF) << UInt64(truncatingIfNeeded: count &* 8)
            count &+= 1
        }
    }

    private static let replacement: UInt32 = 0xFFFD

    /// At the start of a string.
    mutating func reset() {
        unit = 0
        digits = 0
        high = 0
    }

    /// Whether a high surrogate waits for its other half.
    var isHalf: Bool { high != 0 }

    /// What a waiting half stands for when something other than its other half follows.
    mutating func abandonHalf() -> Text {
        var text = Text()
        if high != 0 { text.append(Self.replacement) }
        high = 0
        return text
    }

    /// Takes a hexadecimal digit's value; nil until the fourth.
    mutating func accept(_ digit: UInt8) -> Text? {
        unit = unit << 4 | UInt32(digit)
        digits &+= 1
        guard digits == 4 else { return nil }
        let value = unit
        unit = 0
        digits = 0
        if high != 0, value & 0xFC00 == 0xDC00 {
            var text = Text()
            text.append(0x10000 &+ (high & 0x3FF) << 10 &+ (value & 0x3FF))
            high = 0
            return text
        }
        var text = abandonHalf()
        switch value & 0xFC00 {
        case 0xD800: high = value
        case 0xDC00: text.append(Self.replacement)
        default: text.append(value)
        }
        return text
    }
}
