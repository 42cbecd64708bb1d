/// Makes any bytes fit to stand in a log: one line, valid UTF-8, nothing that a terminal obeys.
enum PrintableText {
    /// The text, with control characters and bytes that are no UTF-8 written as `\xNN` or `\u{N}`.
    static func escape(_ bytes: [UInt8]) -> String {
        if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x09 }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        var text = String.UnicodeScalarView()
        var parser = Unicode.UTF8.ForwardParser()
        var input = bytes.makeIterator()
        var rest = bytes[...]
        while true {
            switch parser.parseScalar(from: &input) {
            case .valid(let encoded):
                append(Unicode.UTF8.decode(encoded), to: &text)
                rest = rest.dropFirst(encoded.count)
            case .error(let length):
                for byte in rest.prefix(length) {
                    text.append(contentsOf: "\\x\(hex(byte))".unicodeScalars)
                }
                rest = rest.dropFirst(length)
            case .emptyInput:
                return String(text)
            }
        }
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout String.UnicodeScalarView) {
        switch scalar.value {
        case 0x09: text.append(scalar)
        case 0x00..<0x20, 0x7F:
            let byte = UInt8(truncatingIfNeeded: scalar.value)
            text.append(contentsOf: "\\x\(hex(byte))".unicodeScalars)
        // C1 controls, line and paragraph separators, and what changes the direction of text.
        case 0x80..<0xA0, 0x2028...0x202E, 0x2066...0x2069:
            let digits = String(scalar.value, radix: 16)
            text.append(contentsOf: "\\u{\(digits)}".unicodeScalars)
        default: text.append(scalar)
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return byte < 16 ? "0" + digits : digits
    }
}
