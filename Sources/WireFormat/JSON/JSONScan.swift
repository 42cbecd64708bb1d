/// Searches for the bytes that matter in JSON text, eight at a time.
enum JSONScan {
    private static let lows: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// The first place from `start` on with a quote, a backslash or a control byte; the end where there is none.
    static func plainEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index &+ 8 <= bytes.count {
            let word = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let hits =
                (word &- lows &* 0x20) & ~word
                | zeroBytes(word ^ lows &* UInt64(Byte.quote))
                | zeroBytes(word ^ lows &* UInt64(Byte.backslash))
            // A borrow can mark a byte above a true hit, never one below: the lowest mark is exact.
            let marks = hits & highs
            if marks != 0 { return index &+ marks.trailingZeroBitCount >> 3 }
            index &+= 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 || byte == Byte.quote || byte == Byte.backslash { return index }
            index &+= 1
        }
        return index
    }

    /// The first place from `start` on with a CR or an LF; the end where there is none.
    static func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index &+ 8 <= bytes.count {
            let word = UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let marks =
                (zeroBytes(word ^ lows &* UInt64(Byte.lineFeed))
                    | zeroBytes(word ^ lows &* UInt64(Byte.carriageReturn))) & highs
            if marks != 0 { return index &+ marks.trailingZeroBitCount >> 3 }
            index &+= 8
        }
        while index < bytes.count, !bytes[index].isLineEnd { index &+= 1 }
        return index
    }

    /// The top bit of each byte that is zero, among others above it.
    private static func zeroBytes(_ word: UInt64) -> UInt64 { (word &- lows) & ~word }

    /// What a backslash and this byte stand for; nil where JSON has no such escape (`u` is the caller's).
    static func unescaped(_ byte: UInt8) -> UInt8? {
        switch byte {
        case Byte.quote, Byte.backslash, Byte.slash: byte
        case 0x62: 0x08  // b
        case 0x66: 0x0C  // f
        case 0x6E: 0x0A  // n
        case 0x72: 0x0D  // r
        case 0x74: 0x09  // t
        default: nil
        }
    }
}
