/// Sets of bytes, as bits of a table of 256 entries.
struct ByteClass: OptionSet {
    let rawValue: UInt16

    static let digit = ByteClass(rawValue: 1 << 0)
    static let upper = ByteClass(rawValue: 1 << 1)
    static let lower = ByteClass(rawValue: 1 << 2)
    static let hex = ByteClass(rawValue: 1 << 3)
    /// Letters, digits, `-` and `_`: what most keys are made of.
    static let token = ByteClass(rawValue: 1 << 4)
    /// Base 64 in both alphabets, with padding.
    static let base64 = ByteClass(rawValue: 1 << 5)
    /// `token68` of RFC 9110 section 11.2, which bearer tokens and signed tokens are.
    static let token68 = ByteClass(rawValue: 1 << 6)
    /// What a name of a header, member, field or variable is made of.
    static let name = ByteClass(rawValue: 1 << 7)
    /// Bytes that are held back while they may turn out to belong to a secret that is recognised later.
    static let held = ByteClass(rawValue: 1 << 8)
    static let space = ByteClass(rawValue: 1 << 9)
    /// What ends a value that stands without quotation marks.
    static let valueEnd = ByteClass(rawValue: 1 << 10)
    /// Bytes that may begin something else than themselves: escapes, control sequences, UTF-8.
    static let special = ByteClass(rawValue: 1 << 11)
    /// `A` to `Z` and `2` to `7` (RFC 4648 section 6).
    static let base32 = ByteClass(rawValue: 1 << 12)
    /// What may stand in the password of a URL (RFC 3986 section 3.2.1), and what is found there anyway.
    static let userinfo = ByteClass(rawValue: 1 << 13)

    static let alphanumeric: ByteClass = [.digit, .upper, .lower]
    static let letter: ByteClass = [.upper, .lower]

    /// The classes of one byte.
    static func of(_ byte: UInt8) -> ByteClass {
        var set: ByteClass = []
        func add(_ class: ByteClass, when isMember: Bool) { if isMember { set.formUnion(`class`) } }
        let isDigit = (0x30...0x39).contains(byte)
        let isUpper = (0x41...0x5A).contains(byte)
        let isLower = (0x61...0x7A).contains(byte)
        let isWord = isDigit || isUpper || isLower
        let isToken = isWord || byte == 0x2D || byte == 0x5F
        func isOne(of text: StaticString) -> Bool {
            text.withUTF8Buffer { $0.contains(byte) }
        }
        add(.digit, when: isDigit)
        add(.upper, when: isUpper)
        add(.lower, when: isLower)
        add(.hex, when: isDigit || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte))
        add(.token, when: isToken)
        add(.base64, when: isToken || isOne(of: "+/="))
        add(.token68, when: isToken || isOne(of: ".~+/="))
        add(.name, when: isToken || byte == 0x2E)
        add(.held, when: isToken || isOne(of: ".+/%\\"))
        add(.space, when: isOne(of: " \t\r\n\u{0B}\u{0C}"))
        add(.valueEnd, when: byte <= 0x20 || byte >= 0x7F || isOne(of: "\"'`,;&)}]<>|\\#"))
        add(.special, when: byte == 0 || byte == 0x1B || byte >= 0x80 || isOne(of: "%\\&"))
        add(.base32, when: isUpper || (0x32...0x37).contains(byte))
        add(.userinfo, when: byte > 0x20 && byte < 0x7F && !isOne(of: "/@\"'`<>\\"))
        return set
    }
}
