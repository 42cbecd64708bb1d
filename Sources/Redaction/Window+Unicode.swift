extension Window {
    /// `&quot;`, `&#45;`, `&#x2d;` (HTML 13.1.4).
    mutating func readEntity(_ index: Int) -> Character {
        let plain = Character(value: 0x26, next: index &+ 1)
        let first = byte(at: index &+ 1)
        if first == 0x23 { return readNumericEntity(index, plain) }
        for (name, value) in Self.entities {
            let length = name.utf8CodeUnitCount
            var isMatch = true
            for offset in 0..<length
            where byte(at: index &+ 1 &+ offset) != Int(name.utf8Start[offset]) {
                isMatch = false
                break
            }
            if isMatch { return Character(value: value, next: index &+ 1 &+ length) }
        }
        return plain
    }

    static let entities: [(StaticString, Int)] = [
        ("quot;", 0x22), ("amp;", 0x26), ("apos;", 0x27), ("lt;", 0x3C), ("gt;", 0x3E),
        ("nbsp;", 0x20), ("equals;", 0x3D), ("colon;", 0x3A),
    ]

    private mutating func readNumericEntity(_ index: Int, _ plain: Character) -> Character {
        var next = index &+ 2
        let isHex = byte(at: next) | 0x20 == 0x78
        if isHex { next = next &+ 1 }
        var value = 0
        var count = 0
        while count < 7 {
            let digit = hexDigit(at: next)
            guard digit >= 0, isHex || digit < 10 else { break }
            value = isHex ? value << 4 | digit : value &* 10 &+ digit
            next = next &+ 1
            count = count &+ 1
        }
        guard count > 0, byte(at: next) == 0x3B else { return plain }
        switch value {
        case 0x20...0x7E: return Character(value: value, next: next &+ 1)
        case 0xA0: return Character(value: 0x20, next: next &+ 1)
        case 0xAD, 0x200B...0x200F, 0x2060...0x206F, 0xFEFF:
            return Character(value: Character.invisible, next: next &+ 1)
        default: return Character(value: Character.other, next: next &+ 1)
        }
    }

    /// A control sequence of a terminal (ECMA-48 section 5.4): ESC, `[`, parameters, a final byte.
    mutating func readControl(_ index: Int, behind escape: Int) -> Character {
        guard byte(at: escape) == 0x5B else {
            return Character(value: Character.other, next: index &+ 1)
        }
        var next = escape &+ 1
        for _ in 0..<24 {
            let byte = byte(at: next)
            next = next &+ 1
            if byte >= 0x40, byte <= 0x7E {
                return Character(value: Character.invisible, next: next)
            }
            guard byte >= 0x20, byte < 0x40 else { break }
        }
        return Character(value: Character.other, next: index &+ 1)
    }

    /// The zero half of a UTF-16 code unit of ASCII; several zero bytes in a row are none.
    mutating func readZero(_ index: Int) -> Character {
        let following = byte(at: index &+ 1)
        if following == 0 { return Character(value: Character.other, next: index &+ 1) }
        return Character(value: Character.invisible, next: index &+ 1)
    }

    /// What is invisible or a space in UTF-8; everything else is another character.
    mutating func readUTF8(_ index: Int, _ first: Int) -> Character {
        let other = Character(value: Character.other, next: index &+ 1)
        func invisible(_ count: Int) -> Character {
            Character(value: Character.invisible, next: index &+ count)
        }
        func space(_ count: Int) -> Character { Character(value: 0x20, next: index &+ count) }
        switch first {
        case 0xA0:
            // Latin 1, unless it goes on with a character of UTF-8.
            return byte(at: index &- 1) < 0x80 ? space(1) : other
        case 0xC2:
            let second = byte(at: index &+ 1)
            return second == 0xA0 ? space(2) : second == 0xAD ? invisible(2) : other
        case 0xE2:
            let second = byte(at: index &+ 1)
            guard second == 0x80 || second == 0x81 else { return other }
            let third = byte(at: index &+ 2)
            switch (second, third) {
            case (0x80, 0x8B...0x8F), (0x80, 0xAA...0xAE), (0x81, 0xA0...0xAF):
                return invisible(3)
            case (0x80, 0x80...0x8A), (0x80, 0xAF), (0x81, 0x9F): return space(3)
            default: return other
            }
        case 0xE3:
            guard byte(at: index &+ 1) == 0x80, byte(at: index &+ 2) == 0x80 else { return other }
            return space(3)
        case 0xEF:
            guard byte(at: index &+ 1) == 0xBB, byte(at: index &+ 2) == 0xBF else { return other }
            return invisible(3)
        default: return other
        }
    }
}
