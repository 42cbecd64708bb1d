/// Names of the bytes that the formats give a meaning to.
enum Byte {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let plus: UInt8 = 0x2B
    static let comma: UInt8 = 0x2C
    static let minus: UInt8 = 0x2D
    static let point: UInt8 = 0x2E
    static let slash: UInt8 = 0x2F
    static let zero: UInt8 = 0x30
    static let nine: UInt8 = 0x39
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B
    static let bracketOpen: UInt8 = 0x5B
    static let backslash: UInt8 = 0x5C
    static let bracketClose: UInt8 = 0x5D
    static let letterU: UInt8 = 0x75
    static let braceOpen: UInt8 = 0x7B
    static let braceClose: UInt8 = 0x7D
}

extension UInt8 {
    /// 0 to 9.
    var isDigit: Bool { self &- Byte.zero < 10 }

    /// SP or HTAB.
    var isBlank: Bool { self == Byte.space || self == Byte.tab }

    /// CR or LF.
    var isLineEnd: Bool { self == Byte.lineFeed || self == Byte.carriageReturn }

    /// A byte that the value of an HTTP field may have (RFC 9110 §5.5): no control byte but HTAB.
    var isFieldContent: Bool { (self >= 0x20 && self != 0x7F) || self == Byte.tab }

    /// `tchar` of RFC 9110 §5.6.2.
    var isTokenByte: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        // ! # $ % & ' * + - . ^ _ ` | ~
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }

    /// The value of a hexadecimal digit; nil for any other byte.
    var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self &- 0x30
        case 0x41...0x46: self &- 0x37
        case 0x61...0x66: self &- 0x57
        default: nil
        }
    }

    /// The byte with an ASCII capital made small.
    var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}
