/// What four successive bytes may be the beginning of, or a part of: bits of the table of triggers.
enum Trigger {
    /// One for each first character of a prefix.
    static let shapes: UInt64 = (1 << 28) - 1
    static let scheme: UInt64 = 1 << 28
    static let urlOrBlock: UInt64 = 1 << 29
    static let escape: UInt64 = 1 << 30
    static let wide: UInt64 = 1 << 31
    /// Base 64 of a prefix that begins a group of three bytes, or is second or third in it.
    static let base64: InlineArray<3, UInt64> = [7 << 32, 7 << 35, 15 << 38]
    static let anyBase64: UInt64 = ((1 << 10) - 1) << 32
    /// Hexadecimal digits of a prefix, by the first of them: 3 to 7.
    static let hex: UInt64 = 31 << 42
    static let spacedHex: UInt64 = 1 << 47
    static let decimal: UInt64 = 1 << 48
    static let user: UInt64 = 3 << 49
    /// The last letters of names that say that a secret follows.
    static let names: UInt64 = ~((1 << 51) - 1)
}

/// Builds the table of triggers: for each of four successive positions, which byte fits which trigger.
///
/// Several triggers share a bit where that costs little: a hit only says that it is worth looking.
struct TriggerSets {
    private(set) var entries = [UInt64](repeating: 0, count: 1024)

    init(shapes: [Shape]) {
        addShapes(shapes)
        addNames()
        addStructures()
        addEscapes()
        addDumps(shapes)
    }

    private mutating func add(_ position: Int, _ bit: UInt64, where isMember: (UInt8) -> Bool) {
        for byte in UInt8.min...UInt8.max where isMember(byte) {
            entries[position * 256 + Int(byte)] |= bit
        }
    }

    private mutating func add(_ bit: UInt64, _ sets: [(UInt8) -> Bool]) {
        for position in 0..<4 {
            add(position, bit, where: position < sets.count ? sets[position] : { _ in true })
        }
    }

    private mutating func add(_ bit: UInt64, exactly text: String) {
        add(bit, text.utf8.prefix(4).map { byte in { $0 == byte } })
    }

    private mutating func addShapes(_ shapes: [Shape]) {
        let groups = Dictionary(grouping: shapes, by: \.first)
        for (index, first) in groups.keys.sorted().enumerated() {
            let bit: UInt64 = 1 << UInt64(min(index, 27))
            for shape in groups[first] ?? [] {
                let bytes = [shape.first, shape.second, shape.third, shape.fourth]
                add(bit, bytes.prefix(shape.length).map { byte in { $0 == byte } })
            }
        }
    }

    /// The tail of a name, in any case, and what may stand between a name and its value.
    private mutating func addNames() {
        let closed = Array("=:\"'\\%])`&>\u{1B}".utf8)
        let spaced = closed + Array(" \t".utf8)
        // Tails that differ in one letter share a bit.
        let tails: [([String], Bool)] = [
            (["key", "ken"], true), (["ret"], true), (["ord", "ode"], true),
            (["pwd", "swd"], true), (["ase", "ass"], false), (["uth"], true), (["ion"], false),
            (["kie"], false), (["sig", "sid"], false), (["ure"], false), (["ial", "als"], false),
            (["jwt"], true),
        ]
        for (index, (group, mayBeSpaced)) in tails.enumerated() {
            let bit: UInt64 = 1 << UInt64(min(51 + index, 63))
            for tail in group {
                for (position, letter) in tail.utf8.enumerated() {
                    add(position, bit) { $0 | 0x20 == letter && $0 >= 0x41 }
                }
            }
            add(3, bit) { (mayBeSpaced ? spaced : closed).contains($0) }
        }
    }

    private mutating func addStructures() {
        for scheme in ["rer", "sic"] {
            for (position, letter) in scheme.utf8.enumerated() {
                add(position, Trigger.scheme) { $0 | 0x20 == letter && $0 >= 0x41 }
            }
        }
        let separators = Array(" \t:=\"'%\\+&\u{1B}".utf8) + [0xC2, 0xA0]
        add(3, Trigger.scheme) { separators.contains($0) }
        add(Trigger.urlOrBlock, exactly: "://")
        add(Trigger.urlOrBlock, exactly: "-BEG")
        add(1 << 49, exactly: "-u ")
        add(1 << 50, exactly: "ser ")
        add(1 << 50, exactly: "ser=")
    }

    private mutating func addEscapes() {
        let isHex: (UInt8) -> Bool = { ByteClass.of($0).contains(.hex) }
        add(Trigger.escape, [{ $0 == 0x25 }, isHex, isHex])
        let letters = Array("uUx\\/0".utf8)
        add(Trigger.escape, [{ $0 == 0x5C }, { letters.contains($0) }])
        add(Trigger.escape, [{ $0 == 0x1B }, { $0 == 0x5B }])
        add(Trigger.escape, [{ $0 == 0x26 }, { $0 == 0x23 }])
        add(Trigger.escape, [{ $0 == 0xE2 }, { $0 == 0x80 || $0 == 0x81 }])
        add(Trigger.escape, [{ $0 == 0xEF }, { $0 == 0xBB }, { $0 == 0xBF }])
        add(Trigger.escape, [{ $0 == 0xC2 }, { $0 == 0xAD }])
        let isGraphic: (UInt8) -> Bool = { (0x21...0x7E).contains($0) }
        add(Trigger.wide, [isGraphic, { $0 == 0 }, isGraphic, { $0 == 0 }])
    }

    private mutating func addDumps(_ shapes: [Shape]) {
        let isHex: (UInt8) -> Bool = { ByteClass.of($0).contains(.hex) }
        add(
            Trigger.spacedHex,
            [
                { (0x33...0x37).contains($0) }, isHex, { [0x20, 0x2C, 0x3A].contains($0) },
                { $0 == 0x20 || $0 == 0x30 || (0x32...0x37).contains($0) },
            ])
        let isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) }
        add(
            Trigger.decimal, [isDigit, isDigit, { $0 == 0x2C }, { $0 == 0x20 || isDigit($0) }])
        for (index, first) in Set(shapes.map(\.first)).sorted().enumerated() {
            for shape in shapes where shape.first == first {
                addHex(shape)
                if shape.length >= 3 { addBase64(shape, group: index) }
            }
        }
    }

    private mutating func addHex(_ shape: Shape) {
        let bit: UInt64 = 1 << (42 + UInt64(max(3, min(7, shape.first >> 4)) - 3))
        func digit(_ value: UInt8) -> (UInt8) -> Bool {
            { ByteClass.of($0).contains(.hex) && Tables.hexValue($0) == Int(value) }
        }
        add(
            bit,
            [
                digit(shape.first >> 4), digit(shape.first & 15), digit(shape.second >> 4),
                digit(shape.second & 15),
            ])
    }

    /// The four digits in base 64 that are decided by a prefix's first three bytes, for each place that
    /// the prefix may have in a group of three bytes. Prefixes are in groups, which are taken for another
    /// less often than all of them would be.
    private mutating func addBase64(_ shape: Shape, group: Int) {
        let (a, b, c) = (shape.first, shape.second, shape.third)
        func value(_ byte: UInt8) -> UInt8? { Base64Digits.value(byte) }
        add(
            1 << UInt64(32 + group % 3),
            [
                { value($0) == a >> 2 }, { value($0) == (a & 3) << 4 | b >> 4 },
                { value($0) == (b & 15) << 2 | c >> 6 }, { value($0) == c & 63 },
            ])
        add(
            1 << UInt64(35 + group % 3),
            [
                { value($0).map { $0 & 15 } == a >> 4 },
                { value($0) == (a & 15) << 2 | b >> 6 }, { value($0) == b & 63 },
                { value($0) == c >> 2 },
            ])
        add(
            1 << UInt64(38 + group % 4),
            [
                { value($0).map { $0 & 3 } == a >> 6 }, { value($0) == a & 63 },
                { value($0) == b >> 2 }, { value($0) == (b & 3) << 4 | c >> 4 },
            ])
    }
}

/// Digits of base 64, in both alphabets of RFC 4648.
enum Base64Digits {
    static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case 0x2B, 0x2D: 62
        case 0x2F, 0x5F: 63
        default: nil
        }
    }
}
