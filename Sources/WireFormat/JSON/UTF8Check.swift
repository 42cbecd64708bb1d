/// Whether bytes are well-formed UTF-8 (Unicode Standard, table 3-7).
enum UTF8Check {
    /// The first place in the range that no sequence may have; nil where all is well.
    static func firstInvalid(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) -> Int? {
        var index = range.lowerBound
        while index < range.upperBound {
            if index &+ 8 <= range.upperBound,
                bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    & 0x8080_8080_8080_8080 == 0
            {
                index &+= 8
                continue
            }
            let lead = bytes[index]
            if lead < 0x80 {
                index &+= 1
                continue
            }
            guard let (tail, second) = sequence(lead), index &+ tail < range.upperBound,
                second.contains(bytes[index &+ 1])
            else { return index }
            var next = 2
            while next <= tail {
                guard bytes[index &+ next] & 0xC0 == 0x80 else { return index }
                next &+= 1
            }
            index &+= tail &+ 1
        }
        return nil
    }

    /// How many bytes follow the lead byte, and what the first of them may be; nil for no lead byte.
    private static func sequence(_ lead: UInt8) -> (tail: Int, second: ClosedRange<UInt8>)? {
        switch lead {
        case 0xC2...0xDF: (1, 0x80...0xBF)
        case 0xE0: (2, 0xA0...0xBF)
        case 0xED: (2, 0x80...0x9F)
        case 0xE1...0xEF: (2, 0x80...0xBF)
        case 0xF0: (3, 0x90...0xBF)
        case 0xF1...0xF3: (3, 0x80...0xBF)
        case 0xF4: (3, 0x80...0x8F)
        default: nil
        }
    }
}
