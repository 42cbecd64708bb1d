/// The bytes around a place, as a scanner may see them.
///
/// What a scanner decides is taken only if it did not try to read past the last byte that is there
/// (`isShort`), unless no more will come. So each decision depends on nothing but the bytes of the
/// stream, and how they were cut into writes makes no difference.
struct Window {
    let tables: Tables
    private let base: UnsafePointer<UInt8>
    /// The first byte that may be looked at.
    let lower: Int
    /// Past the last byte that is there.
    private let end: Int
    /// Past the last byte that may ever be looked at from here.
    let cap: Int
    /// Whether something was asked for that is not there yet.
    private(set) var isShort = false

    init(tables: Tables, base: UnsafePointer<UInt8>, lower: Int, end: Int, cap: Int) {
        self.tables = tables
        self.base = base
        self.lower = lower
        self.end = end
        self.cap = cap
    }

    /// The byte at a place, or -1 where there is none.
    @inline(__always)
    mutating func byte(at index: Int) -> Int {
        if index < end, index < cap, index >= lower { return Int(base[index]) }
        if index >= end, index < cap { isShort = true }
        return -1
    }

    /// The classes of the byte at a place; none where there is no byte.
    @inline(__always)
    mutating func classes(at index: Int) -> ByteClass {
        let byte = byte(at: index)
        return byte < 0 ? [] : ByteClass(rawValue: tables.classes[byte])
    }

    @inline(__always)
    func classes(of character: Int) -> ByteClass {
        guard character >= 0, character < 256 else { return [] }
        return ByteClass(rawValue: tables.classes[character])
    }

    /// One character as it is meant, whatever way it is written.
    struct Character {
        /// 0 to 255, `other`, or -1 at the end of what may be looked at.
        let value: Int
        /// Past its last byte.
        let next: Int

        static let other = 256
        static let invisible = 257
    }

    /// Reads the character that begins at a place: percent-encoding, escapes of JSON, C and HTML are
    /// undone; control sequences of terminals, characters without width and the zero bytes of UTF-16
    /// are passed over.
    @inline(__always)
    mutating func read(_ index: Int) -> Character {
        let byte = byte(at: index)
        if byte < 0 { return Character(value: -1, next: index) }
        if !ByteClass(rawValue: tables.classes[byte]).contains(.special) {
            return Character(value: byte, next: index &+ 1)
        }
        return readSpecial(index)
    }

    /// How many invisible characters in a row are passed over.
    private static let invisibleLimit = 8

    @inline(never)
    private mutating func readSpecial(_ start: Int) -> Character {
        var index = start
        for _ in 0..<Self.invisibleLimit {
            let byte = byte(at: index)
            if byte < 0 { return Character(value: -1, next: start) }
            let character: Character
            switch byte {
            case 0x25: character = readPercent(index)
            case 0x5C: character = readBackslash(index)
            case 0x26: character = readEntity(index)
            case 0x1B: character = readControl(index, behind: index &+ 1)
            case 0: character = readZero(index)
            case 0x80...0xFF: character = readUTF8(index, byte)
            default: return Character(value: byte, next: index &+ 1)
            }
            if character.value != Character.invisible { return character }
            index = character.next
        }
        return Character(value: Character.other, next: start &+ 1)
    }

    /// The value of a hexadecimal digit, or -1.
    @inline(__always)
    mutating func hexDigit(at index: Int) -> Int {
        let byte = byte(at: index)
        switch byte {
        case 0x30...0x39: return byte &- 0x30
        case 0x41...0x46: return byte &- 0x37
        case 0x61...0x66: return byte &- 0x57
        default: return -1
        }
    }

    /// A number of `count` hexadecimal digits, or -1.
    mutating func hexNumber(at index: Int, count: Int) -> Int {
        var value = 0
        for offset in 0..<count {
            let digit = hexDigit(at: index &+ offset)
            if digit < 0 { return -1 }
            value = value << 4 | digit
        }
        return value
    }

    private mutating func readPercent(_ index: Int) -> Character {
        var digits = index &+ 1
        // `%252D`: encoded more than once.
        for _ in 0..<3 {
            guard byte(at: digits) == 0x32, byte(at: digits &+ 1) == 0x35,
                hexDigit(at: digits &+ 2) >= 0, hexDigit(at: digits &+ 3) >= 0
            else { break }
            digits = digits &+ 2
        }
        let value = hexNumber(at: digits, count: 2)
        if value < 0 { return Character(value: 0x25, next: index &+ 1) }
        let next = digits &+ 2
        if value == 0x1B { return readControl(index, behind: next) }
        // An encoded backslash, and what it escapes.
        if value == 0x5C { return readEscape(index, behind: next) }
        return decoded(value, next: next)
    }

    private mutating func readBackslash(_ index: Int) -> Character {
        var next = index &+ 1
        // `\\\"` and the like: escaped more than once.
        for _ in 0..<16 {
            guard byte(at: next) == 0x5C else { break }
            next = next &+ 1
        }
        return readEscape(index, behind: next)
    }

    private mutating func readEscape(_ index: Int, behind letter: Int) -> Character {
        let byte = byte(at: letter)
        let next = letter &+ 1
        switch byte {
        // `u` and `U`
        case 0x75, 0x55:
            if self.byte(at: next) == 0x7B { return readBraced(index, next &+ 1) }
            let value = hexNumber(at: next, count: 4)
            if value < 0 { break }
            if value == 0, byte == 0x55 {
                let wide = hexNumber(at: next &+ 4, count: 4)
                if wide >= 0 { return escaped(wide, index, next: next &+ 8) }
            }
            return escaped(value, index, next: next &+ 4)
        // `x`
        case 0x78:
            let value = hexNumber(at: next, count: 2)
            if value >= 0 { return escaped(value, index, next: next &+ 2) }
        case 0x30...0x37:
            return readOctal(index, letter)
        // `e`
        case 0x65 where self.byte(at: next) == 0x5B:
            return readControl(index, behind: next)
        case 0x6E: return Character(value: 0x0A, next: next)
        case 0x72: return Character(value: 0x0D, next: next)
        case 0x74: return Character(value: 0x09, next: next)
        case 0x22, 0x27, 0x2F, 0x2D, 0x5F, 0x2E, 0x3D, 0x3A, 0x2B:
            return Character(value: byte, next: next)
        default: break
        }
        return Character(value: 0x5C, next: index &+ 1)
    }

    private mutating func readOctal(_ index: Int, _ digits: Int) -> Character {
        var value = 0
        var next = digits
        for _ in 0..<3 {
            let digit = byte(at: next)
            guard digit >= 0x30, digit <= 0x37 else { break }
            value = value << 3 | (digit &- 0x30)
            next = next &+ 1
        }
        if next == digits &+ 3 || value == 0 { return escaped(value, index, next: next) }
        return Character(value: 0x5C, next: index &+ 1)
    }

    private mutating func readBraced(_ index: Int, _ digits: Int) -> Character {
        var value = 0
        var next = digits
        for _ in 0..<6 {
            let digit = hexDigit(at: next)
            if digit < 0 { break }
            value = value << 4 | digit
            next = next &+ 1
        }
        guard next > digits, byte(at: next) == 0x7D else {
            return Character(value: 0x5C, next: index &+ 1)
        }
        return escaped(value, index, next: next &+ 1)
    }

    private mutating func escaped(_ value: Int, _ index: Int, next: Int) -> Character {
        value == 0x1B ? readControl(index, behind: next) : decoded(value, next: next)
    }

    /// A character by its number.
    private func decoded(_ value: Int, next: Int) -> Character {
        switch value {
        case 0, 0xAD, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x206F, 0xFEFF, 0x180E:
            Character(value: Character.invisible, next: next)
        case 0xA0, 0x2000...0x200A, 0x202F, 0x3000: Character(value: 0x20, next: next)
        case 0...0x7F: Character(value: value, next: next)
        default: Character(value: Character.other, next: next)
        }
    }
}
