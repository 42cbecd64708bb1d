/// What a key looks like: how it begins, what it is made of and how long it is at least.
struct Shape {
    /// What the characters behind the prefix must show, so that no word or identifier is taken for a key.
    enum Evidence {
        /// Hardly anything: nobody writes this prefix for something else.
        case some
        /// Digits beside letters, or small letters among capitals.
        case mixed
        /// What only random characters show.
        case random
        /// Exactly `least` characters, and then none of the alphabet.
        case exact
        /// The prefix stands in the middle of a key; what is before it is found by other means.
        case mark
    }

    let kind: SecretKind
    let alphabet: ByteClass
    /// How many characters must follow the prefix. A key that was cut off is still one.
    let least: Int
    let evidence: Evidence
    /// Whether a letter right before the prefix makes no difference.
    let isDistinct: Bool
    let length: Int
    /// The prefix in the upper bytes of 128 bits, and which of these count.
    let bits: (UInt64, UInt64)
    let mask: (UInt64, UInt64)

    var first: UInt8 { UInt8(truncatingIfNeeded: bits.0 >> 56) }
    var second: UInt8 { UInt8(truncatingIfNeeded: bits.0 >> 48) }
    var third: UInt8 { UInt8(truncatingIfNeeded: bits.0 >> 40) }
    var fourth: UInt8 { UInt8(truncatingIfNeeded: bits.0 >> 32) }

    /// - Parameter prefix: at most 16 bytes of ASCII.
    init(
        _ prefix: StaticString, _ kind: SecretKind, _ alphabet: ByteClass, least: Int,
        _ evidence: Evidence, isDistinct: Bool = false
    ) {
        self.kind = kind
        self.alphabet = alphabet
        self.least = least
        self.evidence = evidence
        self.isDistinct = isDistinct
        var packed = Packed()
        var mask = Packed()
        prefix.withUTF8Buffer { bytes in
            for byte in bytes.prefix(16) {
                packed.append(byte)
                mask.append(0xFF)
            }
        }
        length = packed.count
        bits = (packed.high, packed.low)
        self.mask = (mask.high, mask.low)
    }
}

/// Up to 16 characters in two words, the first in the uppermost byte.
struct Packed {
    private(set) var high: UInt64 = 0
    private(set) var low: UInt64 = 0
    private(set) var count = 0

    mutating func append(_ byte: UInt8) {
        if count < 8 {
            high |= UInt64(byte) << UInt64(56 &- 8 &* count)
        } else if count < 16 {
            low |= UInt64(byte) << UInt64(120 &- 8 &* count)
        }
        count &+= 1
    }
}
