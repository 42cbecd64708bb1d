/// Makes well-formed UTF-8 of any bytes, by the rules that `Encoding` gives.
struct TextRepair {
    /// What a byte says about the sequence that is being read.
    enum Step: Equatable {
        /// The sequence goes on.
        case more
        /// A scalar is complete.
        case scalar(UInt32)
        /// What was read so far is no scalar; the byte has not been taken.
        case broken
    }

    private var value: UInt32 = 0
    private var missing: UInt8 = 0
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF

    /// Whether bytes of a sequence wait for the others.
    var isWithin: Bool { missing != 0 }

    /// Takes a byte. Surrogates in three bytes are taken for scalars here.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Step {
        if missing == 0 {
            switch byte {
            case 0..<0x80: return .scalar(UInt32(byte))
            case 0xC2...0xDF: begin(byte & 0x1F, missing: 1, 0x80, 0xBF)
            case 0xE0: begin(0, missing: 2, 0xA0, 0xBF)
            case 0xE1...0xEF: begin(byte & 0x0F, missing: 2, 0x80, 0xBF)
            case 0xF0: begin(0, missing: 3, 0x90, 0xBF)
            case 0xF1...0xF3: begin(byte & 0x07, missing: 3, 0x80, 0xBF)
            case 0xF4: begin(4, missing: 3, 0x80, 0x8F)
            default: return .scalar(Self.replacement)
            }
            return .more
        }
        guard byte >= low, byte <= high else {
            missing = 0
            return .broken
        }
        (low, high) = (0x80, 0xBF)
        value = value << 6 | UInt32(byte & 0x3F)
        missing &-= 1
        return missing == 0 ? .scalar(value) : .more
    }

    private mutating func begin(_ bits: UInt8, missing: UInt8, _ low: UInt8, _ high: UInt8) {
        value = UInt32(bits)
        self.missing = missing
        (self.low, self.high) = (low, high)
    }

    static let replacement: UInt32 = 0xFFFD

    static func isHighSurrogate(_ scalar: UInt32) -> Bool { scalar & 0xFFFF_FC00 == 0xD800 }

    static func isLowSurrogate(_ scalar: UInt32) -> Bool { scalar & 0xFFFF_FC00 == 0xDC00 }

    static func joined(_ high: UInt32, _ low: UInt32) -> UInt32 {
        0x10000 &+ (high & 0x3FF) << 10 &+ (low & 0x3FF)
    }
}

// Whole texts.
extension TextRepair {
    /// The text made well-formed; nil where it is already.
    static func repaired(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        let good = firstInvalid(text)
        guard good < text.count else { return nil }
        var out = Array(text[..<good])
        out.reserveCapacity(text.count &+ 64)
        var stream = ScalarStream()
        for byte in text[good...] {
            stream.take(byte) { appendUTF8($0, to: &out) }
        }
        stream.finish { appendUTF8($0, to: &out) }
        return out
    }

    /// Where the first sequence begins that is no scalar; the end where there is none.
    private static func firstInvalid(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        guard let start = text.baseAddress else { return 0 }
        let count = text.count
        var place = 0
        while place < count {
            let first = start[place]
            if first < 0x80 {
                while place &+ 8 <= count,
                    UnsafeRawPointer(start + place).loadUnaligned(as: UInt64.self)
                        & 0x8080_8080_8080_8080 == 0
                { place &+= 8 }
                while place < count, start[place] < 0x80 { place &+= 1 }
                continue
            }
            let length = UTF8Decoding.length(first)
            guard first >= 0xC2, first < 0xF5, place &+ length <= count else { return place }
            let second = start[place &+ 1]
            let low: UInt8 = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80
            // A surrogate (ED A0 and on) is no scalar.
            let high: UInt8 = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF
            guard second >= low, second <= high else { return place }
            if length >= 3, start[place &+ 2] & 0xC0 != 0x80 { return place }
            if length == 4, start[place &+ 3] & 0xC0 != 0x80 { return place }
            place &+= length
        }
        return count
    }

    static func appendUTF8(_ scalar: UInt32, to out: inout [UInt8]) {
        var (packed, count) = packedUTF8(scalar)
        for _ in 0..<count {
            out.append(UInt8(truncatingIfNeeded: packed))
            packed >>= 8
        }
    }

    /// A scalar in UTF-8, its first byte lowest, and the number of bytes.
    @inline(__always)
    static func packedUTF8(_ scalar: UInt32) -> (UInt32, Int) {
        if scalar < 0x80 { return (scalar, 1) }
        let last = scalar & 0x3F | 0x80
        if scalar < 0x800 { return (scalar >> 6 | 0xC0 | last << 8, 2) }
        let third = scalar >> 6 & 0x3F | 0x80
        if scalar < 0x10000 { return (scalar >> 12 | 0xE0 | third << 8 | last << 16, 3) }
        let second = scalar >> 12 & 0x3F | 0x80
        return (scalar >> 18 & 0x07 | 0xF0 | second << 8 | third << 16 | last << 24, 4)
    }
}
