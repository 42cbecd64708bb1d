/// JSON may hold halves of surrogate pairs (`\ud83d`), which no string of Swift can and Foundation refuses.
enum SurrogateEscapes {
    /// The JSON text with U+FFFD in the place of each half that stands alone.
    static func repaired(_ json: String) -> String {
        guard json.utf8.contains(UInt8(ascii: "\\")) else { return json }
        var bytes = Array(json.utf8)
        var place = 0
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "\\") else {
                place += 1
                continue
            }
            guard let unit = unit(bytes, place) else {
                // An escape of two characters; the second may be a backslash itself.
                place += 2
                continue
            }
            if unit & 0xFC00 == 0xD800, let next = self.unit(bytes, place + 6),
                next & 0xFC00 == 0xDC00
            {
                place += 12
                continue
            }
            if unit & 0xF800 == 0xD800 {
                bytes.replaceSubrange(place..<(place + 6), with: Array("\\ufffd".utf8))
            }
            place += 6
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The code unit of an escape that begins at a place.
    private static func unit(_ bytes: [UInt8], _ place: Int) -> UInt32? {
        guard place + 6 <= bytes.count, bytes[place] == UInt8(ascii: "\\"),
            bytes[place + 1] == UInt8(ascii: "u")
        else { return nil }
        let digits = String(decoding: bytes[(place + 2)..<(place + 6)], as: UTF8.self)
        return digits.allSatisfy(\.isHexDigit) ? UInt32(digits, radix: 16) : nil
    }
}
