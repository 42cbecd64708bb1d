/// Decoding of UTF-8 that is known to be well-formed.
enum UTF8Decoding {
    /// The scalar at a place, and its length in bytes.
    @inline(__always)
    static func scalar(_ text: UnsafePointer<UInt8>, _ place: Int) -> (UInt32, Int) {
        let first = UInt32(text[place])
        if first < 0x80 { return (first, 1) }
        let second = UInt32(text[place &+ 1]) & 0x3F
        if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
        let third = UInt32(text[place &+ 2]) & 0x3F
        if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
        let fourth = UInt32(text[place &+ 3]) & 0x3F
        return ((first & 0x07) << 18 | second << 12 | third << 6 | fourth, 4)
    }

    /// The length in bytes of a sequence by its first byte.
    @inline(__always)
    static func length(_ first: UInt8) -> Int {
        first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    }
}
