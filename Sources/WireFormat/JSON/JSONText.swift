/// Writes JSON strings.
enum JSONText {
    private static let hexadecimal: StaticString = "0123456789abcdef"

    /// Appends the bytes, which are UTF-8, as a JSON string with its quotes.
    static func appendString(_ bytes: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        out.append(Byte.quote)
        for byte in bytes {
            switch byte {
            case Byte.quote, Byte.backslash: out += [Byte.backslash, byte]
            case 0..<0x20:
                // \u00XX
                out += [Byte.backslash, 0x75, Byte.zero, Byte.zero]
                out.append(hexadecimal.utf8Start[Int(byte >> 4)])
                out.append(hexadecimal.utf8Start[Int(byte & 15)])
            default: out.append(byte)
            }
        }
        out.append(Byte.quote)
    }
}
