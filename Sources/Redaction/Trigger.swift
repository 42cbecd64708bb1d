/// What four successive bytes may be the beginning of, or a part of. Each has a bit of its own.
enum Trigger {
    /// One for each last three letters of names that say that a secret follows.
    static let names: UInt64 = ~((1 << 51) - 1)
    static let bearer: UInt64 = 1 << 37
    static let openAIMark: UInt64 = 1 << 38
    static let azureMark: UInt64 = 1 << 39
    static let url: UInt64 = 1 << 40
    static let pem: UInt64 = 1 << 41
    static let escape: UInt64 = 1 << 42
    static let wide: UInt64 = 1 << 43
    static let base64At0: UInt64 = 1 << 44
    static let base64At1: UInt64 = 1 << 45
    static let base64At2: UInt64 = 1 << 46
    static let hex: UInt64 = 1 << 47
    static let spacedHex: UInt64 = 1 << 48
    static let decimal: UInt64 = 1 << 49
    static let user: UInt64 = 1 << 50
    static let shapes: UInt64 = (1 << 36) - 1
    static let base64: UInt64 = base64At0 | base64At1 | base64At2
}

/// Builds the table of triggers: for each of four successive positions, which byte fits which trigger.
///
/// Several triggers share a bit where that costs little: a hit only says that it is worth looking.
struct TriggerSets {
    private(set) var entries = [UInt64](repeating: 0, count: 1024)
    private var next = 51

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
            let bit: UInt64 = 1 << UInt64(min(index, 35))
            for shape in groups[first] ?? [] {
                let bytes = [shape.first, shape.second, shape.third, shape.fourth]
                add(bit, bytes.prefix(shape.length).map { byte in { $0 == byte } })
            }
        }
    }

    /// The tail of a name, in any case, and what may stand between a name and its value.
    private mutating func addNames() {
        let closed = Array("=:\"'\\%])`&>\u{1B}".utf8)
        let open = closed + Array(" \t".utf8)
        let tails: [(String, Bool)] = [
            ("key", true), ("ken", true), ("ret", true), ("ord", true), ("swd", true),
            ("ase", false), ("pwd", true), ("uth", true), ("ion", false), ("kie", false),
            ("sig", false), ("ure", false), ("ial", false), ("als", false),
            ("ode", false), ("ass", false), ("jwt", true), ("sid", false), ("ssw", false),
        ]
        // Every tail has its own bit as long as there are some; then they share the last one.
        for (tail, mayBeSpaced) in tails {
            let bit: UInt64 = 1 << UInt64(min(next, 63))
            next += 1
            let letters = Array(tail.utf8)
            for position in 0..<3 {
                add(position, bit) { $0 | 0x20 == letters[position] && $0 >= 0x41 }
            }
            add(3, bit) { (mayBeSpaced ? open : closed).contains($0) }
        }
    }

    private mutating func addStructures() {
        for scheme in ["rer", "sic", "ken"] {
            let letters = Array(scheme.utf8)
            for position in 0..<3 {
                add(position, Trigger.bearer) { $0 | 0x20 == letters[position] && $0 >= 0x41 }
            }
        }
        let separators = Array(" \t:=\"'%\\+&\u{1B}".utf8) + [0xC2, 0xA0]
        add(3, Trigger.bearer) { separators.contains($0) }
        add(Trigger.openAIMark, exactly: "T3Bl")
        add(Trigger.azureMark, exactly: "JQQJ")
        add(Trigger.url, exactly: "://")
        add(Trigger.pem, exactly: "-BEG")
        add(Trigger.user, exactly: "-u ")
        add(Trigger.user, exactly: "ser ")
        add(Trigger.user, exactly: "ser=")
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
        let isHigh: (UInt8) -> Bool = { (0x33...0x37).contains($0) }
        add(Trigger.hex, [isHigh, isHex, { (0x32...0x37).contains($0) }, isHex])
        add(Trigger.spacedHex, [isHigh, isHex, { [0x20, 0x2C, 0x3A].contains($0) }])
        let isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) }
        add(Trigger.decimal, [isDigit, isDigit, { $0 == 0x2C }, { $0 == 0x20 || isDigit($0) }])
        for shape in shapes where shape.length >= 3 { addBase64(shape) }
    }

    /// The four digits in base 64 that are decided by a prefix's first three bytes, for each place that
    /// the prefix may have in a group of three bytes.
    private mutating func addBase64(_ shape: Shape) {
        let (a, b, c) = (shape.first, shape.second, shape.third)
        func value(_ byte: UInt8) -> UInt8? { Base64Digits.value(byte) }
        add(
            Trigger.base64At0,
            [
                { value($0) == a >> 2 }, { value($0) == (a & 3) << 4 | b >> 4 },
                { value($0) == (b & 15) << 2 | c >> 6 }, { value($0) == c & 63 },
            ])
        add(
            Trigger.base64At1,
            [
                { value($0).map { $0 & 15 } == a >> 4 },
                { value($0) == (a & 15) << 2 | b >> 6 }, { value($0) == b & 63 },
                { value($0) == c >> 2 },
            ])
        add(
            Trigger.base64At2,
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
