/// Looks at one place of the stream and says whether a secret is there.
///
/// It is a value that lives for one place: `window` is what it may see, `place` where the trigger is.
struct Examiner {
    var window: Window
    let place: Int
    /// Runs with disguised characters have been looked at up to here.
    var settled: Int
    /// Up to here, a run has shown nothing random: neither does what begins inside of it.
    var barren: Int
    /// Characters of a run that are looked at before it is called random or not.
    static let confirmLength = 64

    var tables: Tables { window.tables }

    init(window: Window, place: Int, settled: Int, barren: Int) {
        self.window = window
        self.place = place
        self.settled = settled
        self.barren = barren
    }

    /// - Parameter triggers: what the four bytes at `place` may belong to.
    mutating func examine(_ triggers: UInt64) -> Match? {
        if triggers & Trigger.shapes != 0, let match = mark() ?? shape(at: place) { return match }
        if triggers & Trigger.names != 0, place >= barren, let match = named() { return match }
        if triggers & Trigger.scheme != 0, let match = scheme() { return match }
        if triggers & Trigger.urlOrBlock != 0, let match = structure() { return match }
        if triggers & (Trigger.escape | Trigger.wide) != 0, let match = disguised() {
            return match
        }
        if triggers & Trigger.anyBase64 != 0, let match = base64(triggers) { return match }
        if triggers & Trigger.hex != 0, let match = hexDump() { return match }
        if triggers & Trigger.spacedHex != 0, let match = spacedHexDump() { return match }
        if triggers & Trigger.decimal != 0, let match = decimalDump() { return match }
        return triggers & Trigger.user != 0 ? user() : nil
    }

    /// Remembers that a run was looked at as far as ever and has shown nothing, and looks how far it
    /// goes on like that: so what begins inside of it need not be looked at, however often.
    mutating func settle(_ statistics: RunStatistics, limit: Int, end: Int) {
        guard statistics.count >= limit, statistics.joints == 0 || statistics.isMonotonous else {
            return
        }
        extendBarren(from: end)
    }

    /// Passes letters and hyphens, as far as one may look.
    mutating func extendBarren(from end: Int) {
        var index = end
        while window.classes(at: index).rawValue & Self.dull.rawValue != 0
            || window.byte(at: index) == 0x2D || window.byte(at: index) == 0x3D
        {
            index = index &+ 1
        }
        barren = max(barren, index &- 16)
    }

    private static let dull: ByteClass = .letter

    /// Reads characters of an alphabet, at most `limit` of them.
    mutating func run(
        from start: Int, _ alphabet: ByteClass, limit: Int
    ) -> (statistics: RunStatistics, end: Int) {
        var statistics = RunStatistics()
        var index = start
        while statistics.count < limit {
            let character = window.read(index)
            let classes = window.classes(of: character.value)
            guard classes.rawValue & alphabet.rawValue != 0 else { break }
            statistics.add(character.value, classes)
            index = character.next
        }
        return (statistics, index)
    }

    /// Reads up to 16 characters from a place.
    mutating func packed(from start: Int) -> Packed {
        var text = Packed()
        var index = start
        while text.count < 16 {
            let character = window.read(index)
            guard character.value > 0x20, character.value < 0x7F else { break }
            text.append(UInt8(truncatingIfNeeded: character.value))
            index = character.next
        }
        return text
    }

    /// Where the character is that stands `count` characters behind a place.
    mutating func skip(_ count: Int, from start: Int) -> Int {
        var index = start
        for _ in 0..<count { index = window.read(index).next }
        return index
    }

    /// Where the bytes of some classes begin that end before a place and were held back.
    mutating func backward(from index: Int, over alphabet: ByteClass) -> Int {
        var start = index
        while start > index &- Redactor.reach {
            let classes = window.classes(at: start &- 1)
            guard classes.contains(.held), classes.rawValue & alphabet.rawValue != 0 else { break }
            start = start &- 1
        }
        return start
    }

    /// Whether a letter or digit stands right before a place, and is not the end of an escape.
    mutating func isInsideWord(_ index: Int) -> Bool {
        let before = window.byte(at: index &- 1)
        let classes = window.classes(of: before)
        guard classes.rawValue & ByteClass.alphanumeric.rawValue != 0 else { return false }
        // `\n` and its like.
        if window.byte(at: index &- 2) == 0x5C { return false }
        // `%22`, `\x22`, `\u0022`.
        if classes.contains(.hex), window.hexDigit(at: index &- 2) >= 0 {
            let third = window.byte(at: index &- 3)
            if third == 0x25 || third == 0x78 { return false }
            if window.hexDigit(at: index &- 3) >= 0, window.hexDigit(at: index &- 4) >= 0,
                window.byte(at: index &- 5) | 0x20 == 0x75
            {
                return false
            }
        }
        return !isEndOfControl(index &- 1, before)
    }

    /// Whether a letter ends a control sequence: `[`, digits and `;`, the letter.
    private mutating func isEndOfControl(_ index: Int, _ letter: Int) -> Bool {
        guard letter == 0x6D || letter == 0x4B else { return false }
        var start = index &- 1
        for _ in 0..<16 {
            let byte = window.byte(at: start)
            if byte == 0x5B { return true }
            guard byte >= 0x30, byte <= 0x3B else { return false }
            start = start &- 1
        }
        return false
    }
}
