/// Bytes that are written in base 64.
struct Base64Cursor {
    private(set) var index: Int
    private var bits: UInt32 = 0
    private var count = 0

    init(index: Int) { self.index = index }

    /// The next byte, or nil where the digits end.
    mutating func next(_ window: inout Window) -> Int? {
        while count < 8 {
            let character = window.read(index)
            guard character.value >= 0, character.value < 256 else { return nil }
            let value = window.tables.base64[character.value]
            guard value < 64 else { return nil }
            bits = bits << 6 | UInt32(value)
            count = count &+ 6
            index = character.next
        }
        count = count &- 8
        return Int(bits >> UInt32(count) & 255)
    }
}

/// Bytes that are written in hexadecimal digits, with or without something between them, also in the
/// lines of a dump, which begin with a number and end with a text.
struct HexCursor {
    private(set) var index: Int
    /// Whether there was a line end between two bytes.
    private(set) var isDump = false
    /// How many bytes in a row had nothing between them.
    private var group = 0

    init(index: Int) { self.index = index }

    mutating func next(_ window: inout Window) -> Int? {
        let value = window.hexNumber(at: index, count: 2)
        guard value >= 0 else { return nil }
        index = index &+ 2
        group = group &+ 1
        let end = index
        for _ in 0..<4 {
            let byte = window.byte(at: index)
            guard byte == 0x20 || byte == 0x2C || byte == 0x3A else { break }
            index = index &+ 1
        }
        if index > end, window.byte(at: index) == 0x30, window.byte(at: index &+ 1) == 0x78 {
            index = index &+ 2
        }
        let isLineEnd = index >= end &+ 2 && window.byte(at: end &+ 1) == 0x20
        if isLineEnd,
            group > 1 || window.hexDigit(at: index) < 0 || window.hexDigit(at: index &+ 1) < 0,
            let next = window.nextDumpLine(from: end)
        {
            index = next
            isDump = true
        }
        if index > end { group = 0 }
        return value
    }
}

/// Bytes that are written as decimal numbers with commas between them.
struct DecimalCursor {
    private(set) var index: Int

    mutating func next(_ window: inout Window) -> Int? {
        var value = 0
        var digits = 0
        while digits < 4 {
            let byte = window.byte(at: index)
            guard byte >= 0x30, byte <= 0x39 else { break }
            value = value &* 10 &+ (byte &- 0x30)
            digits = digits &+ 1
            index = index &+ 1
        }
        guard digits > 0, value < 256 else { return nil }
        for _ in 0..<4 {
            let byte = window.byte(at: index)
            guard byte == 0x2C || byte == 0x20 || byte == 0x0A else { break }
            index = index &+ 1
        }
        return value
    }
}

/// One of the ways in which a dump writes bytes.
protocol DumpCursor {
    mutating func next(_ window: inout Window) -> Int?
}

extension Base64Cursor: DumpCursor {}
extension HexCursor: DumpCursor {}
extension DecimalCursor: DumpCursor {}

extension Examiner {
    /// The kind of the key that the bytes of a dump begin with, if they do.
    private mutating func dumpedShape(_ start: some DumpCursor) -> SecretKind? {
        var cursor = start
        guard let first = cursor.next(&window), let second = cursor.next(&window),
            tables.isPair(first, second)
        else { return nil }
        var text = Packed()
        text.append(UInt8(truncatingIfNeeded: first))
        text.append(UInt8(truncatingIfNeeded: second))
        while text.count < 16, let byte = cursor.next(&window), byte > 0x20, byte < 0x7F {
            text.append(UInt8(truncatingIfNeeded: byte))
        }
        var index = Int(tables.firstShape[first & 255])
        while index < tables.shapeCount {
            let shape = tables.shapes[index]
            index = index &+ 1
            guard Int(shape.first) == first else { break }
            guard text.high & shape.mask.0 == shape.bits.0, text.low & shape.mask.1 == shape.bits.1
            else { continue }
            var body = start
            for _ in 0..<shape.length { _ = body.next(&window) }
            var statistics = RunStatistics()
            while statistics.count < Self.confirmLength, let byte = body.next(&window) {
                let classes = window.classes(of: byte)
                guard classes.rawValue & shape.alphabet.rawValue != 0 else { break }
                statistics.add(byte, classes)
            }
            if statistics.count >= shape.least, suffices(statistics, shape) { return shape.kind }
        }
        return nil
    }

    /// Base 64 of something that has a key in it, which begins at one of three places in a group.
    mutating func base64(_ triggers: UInt64) -> Match? {
        for offset in 0..<3 where triggers & Trigger.base64[offset] != 0 {
            var cursor = Base64Cursor(index: place &- offset)
            if offset > 0 {
                // The digits before hold the end of another byte, whatever they are.
                guard window.classes(at: place &- offset).contains(.base64) else { continue }
                for _ in 0..<offset { _ = cursor.next(&window) }
            }
            guard let kind = dumpedShape(cursor) else { continue }
            return Match(
                kind: kind, start: backward(from: place, over: .base64), end: place,
                rest: .run(.base64))
        }
        return nil
    }

    /// Hexadecimal digits of a key, without anything between them.
    mutating func hexDump() -> Match? {
        let cursor = HexCursor(index: place)
        guard let kind = dumpedShape(cursor) else { return nil }
        return hexMatch(kind, cursor)
    }

    /// Hexadecimal digits of a key, or of other random characters, with something between them.
    mutating func spacedHexDump() -> Match? {
        let cursor = HexCursor(index: place)
        if let kind = dumpedShape(cursor) { return hexMatch(kind, cursor) }
        guard !window.classes(at: place &- 1).contains(.hex), !isListed(before: place),
            isOpaque(cursor)
        else { return nil }
        return hexMatch(.secret, cursor)
    }

    private mutating func hexMatch(_ kind: SecretKind, _ start: HexCursor) -> Match {
        var cursor = start
        for _ in 0..<20 where cursor.next(&window) == nil { break }
        return Match(
            kind: kind, start: backward(from: place, over: .hex), end: place,
            rest: Rest(mode: cursor.isDump ? .hexDump : .numbers, alphabet: .hex))
    }

    mutating func decimalDump() -> Match? {
        var start = place
        for _ in 0..<2 where window.classes(at: start &- 1).contains(.digit) { start = start &- 1 }
        let cursor = DecimalCursor(index: start)
        var kind = dumpedShape(cursor)
        if kind == nil, !isListed(before: start), isOpaque(cursor) { kind = .secret }
        guard let kind else { return nil }
        return Match(
            kind: kind, start: start, end: place, rest: Rest(mode: .numbers, alphabet: .digit))
    }

    /// Whether another number stands before one.
    private mutating func isListed(before start: Int) -> Bool {
        var index = start
        for _ in 0..<3 {
            let byte = window.byte(at: index &- 1)
            guard byte == 0x20 || byte == 0x2C || byte == 0x3A else { break }
            index = index &- 1
        }
        return index < start && window.classes(at: index &- 1).contains(.hex)
            && window.classes(at: index &- 2).rawValue & ByteClass.letter.rawValue == 0
    }

    /// Whether the bytes of a dump are random letters and digits, as those of random numbers are not.
    private mutating func isOpaque(_ start: some DumpCursor) -> Bool {
        var cursor = start
        var statistics = RunStatistics()
        while statistics.count < Self.confirmLength, let byte = cursor.next(&window) {
            let classes = window.classes(of: byte)
            guard classes.contains(.token) else { break }
            statistics.add(byte, classes)
        }
        return statistics.count >= 24 && statistics.isRandom
    }
}
