extension Examiner {
    /// A key that begins at a place, whatever way its characters are written.
    ///
    /// - Parameter beyond: a place that the prefix has to reach over.
    mutating func shape(at start: Int, beyond: Int = .min) -> Match? {
        let first = window.read(start)
        let second = window.read(first.next)
        guard tables.isPair(first.value, second.value), start >= barren else { return nil }
        let text = packed(from: start)
        var index = Int(tables.firstShape[first.value & 255])
        while index < tables.shapeCount {
            let shape = tables.shapes[index]
            index = index &+ 1
            guard Int(shape.first) == first.value else { break }
            guard shape.evidence != .mark, text.high & shape.mask.0 == shape.bits.0,
                text.low & shape.mask.1 == shape.bits.1
            else { continue }
            let body = skip(shape.length, from: start)
            guard body > beyond else { continue }
            if shape.kind == .jwt {
                if let match = signedToken(text, from: start) { return match }
            } else if isKey(shape, from: start, body: body) {
                return Match(kind: shape.kind, start: start, end: body, rest: rest(of: shape))
            }
        }
        return nil
    }

    private func rest(of shape: Shape) -> Rest {
        guard shape.evidence != .exact else {
            return Rest(mode: .run, alphabet: shape.alphabet, mayWrap: false)
        }
        return .run(shape.alphabet.union(.token))
    }

    private mutating func isKey(_ shape: Shape, from start: Int, body: Int) -> Bool {
        let (statistics, end) = run(from: body, shape.alphabet, limit: Self.confirmLength)
        guard statistics.count >= shape.least else {
            // What breaks off at the end of everything.
            if shape.isDistinct, window.byte(at: end) < 0, statistics.count >= 4 {
                return statistics.isMixed
            }
            return goesOn(shape, statistics, end)
        }
        guard suffices(statistics, shape) || isValue(statistics, shape, from: start) else {
            settle(statistics, limit: Self.confirmLength, end: end)
            return goesOn(shape, statistics, end)
        }
        guard !shape.isDistinct || !isPlaceholder(at: body) else { return false }
        if shape.evidence == .exact {
            let next = window.classes(of: window.read(end).value)
            guard statistics.count == shape.least,
                next.rawValue & ByteClass.alphanumeric.rawValue == 0
            else { return false }
        }
        if shape.isDistinct || !isInsideWord(start) { return true }
        // `task-…`, `risk-…`: only what is beyond doubt.
        return statistics.count >= 32 && statistics.isRandom && statistics.uppers >= 3
            && statistics.lowers >= 3 && statistics.digits >= 2
    }

    /// Whether a prefix begins a value, where less is enough to tell a key that was cut off.
    private mutating func isValue(
        _ statistics: RunStatistics, _ shape: Shape, from start: Int
    ) -> Bool {
        guard shape.evidence == .random, statistics.isMixed, statistics.longestMixed >= 8 else {
            return false
        }
        switch window.byte(at: start &- 1) {
        case 0x22, 0x27, 0x3A, 0x3D: return true
        default: return false
        }
    }

    /// Whether a key is broken off by the end of a line and goes on in the next one.
    private mutating func goesOn(
        _ shape: Shape, _ statistics: RunStatistics, _ end: Int
    ) -> Bool {
        guard shape.evidence != .exact, statistics.count > 0, !statistics.isMonotonous else {
            return false
        }
        return isWrapped(at: end, shape.alphabet.union(.token))
    }

    /// Whether random characters follow in the next line.
    mutating func isWrapped(at end: Int, _ alphabet: ByteClass) -> Bool {
        guard let next = window.continuation(at: end, alphabet) else { return false }
        let (statistics, _) = run(from: next, alphabet, limit: Self.confirmLength)
        return statistics.count >= 16 && statistics.isRandom
    }

    func suffices(_ statistics: RunStatistics, _ shape: Shape) -> Bool {
        guard !statistics.isMonotonous else { return false }
        switch shape.evidence {
        case .some, .exact: return statistics.distinct >= 5
        case .mixed, .mark:
            return statistics.isMixed || statistics.isRandom
                || (shape.isDistinct && statistics.uppers > 0 && statistics.turns > 0)
        case .random: return statistics.isRandom
        }
    }

    /// A signed token (RFC 7519): three parts in base 64, of which the first is a JSON object.
    private mutating func signedToken(_ text: Packed, from start: Int) -> Match? {
        let limit = 200
        let (statistics, end) = run(from: start, .token, limit: limit)
        guard statistics.count >= 12, !isInsideWord(start) || statistics.isRandom else {
            if statistics.count >= limit { extendBarren(from: end) }
            return nil
        }
        // `ZXlK`
        if text.high >> 32 == 0x5A58_6C4B {
            guard statistics.count >= 40, statistics.isRandom else { return nil }
            return Match(
                kind: .jwt, start: start, end: end, rest: .run([.token68, .base64]))
        }
        let isHeader = Self.headers.contains { text.high & $0.1 == $0.0 }
        if statistics.count < limit, window.read(end).value == 0x2E {
            let (second, _) = run(from: window.read(end).next, .token, limit: 16)
            if second.count >= 8 || isHeader {
                return Match(kind: .jwt, start: start, end: end, rest: .run(.token68))
            }
        }
        guard isHeader, statistics.count >= 16 else {
            if statistics.count >= limit { extendBarren(from: end) }
            return nil
        }
        return Match(kind: .jwt, start: start, end: end, rest: .run(.token68))
    }

    /// Base 64 of `{"alg`, `{"typ`, `{"kid`, `{"cty`, `{"enc`, `{"x5`, `{"jku`, `{"jwk`: six characters.
    static let headers: [(UInt64, UInt64)] = [
        (0x6579_4A68_6247_0000, 0xFFFF_FFFF_FFFF_0000),
        (0x6579_4A30_6558_0000, 0xFFFF_FFFF_FFFF_0000),
        (0x6579_4A72_6157_0000, 0xFFFF_FFFF_FFFF_0000),
        (0x6579_4A6A_6448_0000, 0xFFFF_FFFF_FFFF_0000),
        (0x6579_4A6C_626D_0000, 0xFFFF_FFFF_FFFF_0000),
        (0x6579_4A34_4E58_0000, 0xFFFF_FFFF_FFFF_0000),
        (0x6579_4A71_6133_0000, 0xFFFF_FFFF_FFFF_0000),
        (0x6579_4A71_6432_0000, 0xFFFF_FFFF_FFFF_0000),
    ]

    /// A character of a prefix that is encoded, or that something invisible stands in front of.
    mutating func disguised() -> Match? {
        let character = window.read(place)
        if character.value == 0x3A {
            let next = window.read(character.next)
            let last = window.read(next.next)
            if next.value == 0x2F, last.value == 0x2F { return url(from: last.next) }
            return nil
        }
        guard window.classes(of: character.value).contains(.name), place >= settled else {
            return nil
        }
        var start = place
        for _ in 0..<64 {
            guard window.classes(at: start &- 1).contains(.name) else { break }
            start = start &- 1
        }
        return disguisedRun(from: start)
    }

    /// Looks once at each character of a run some of whose characters are disguised.
    private mutating func disguisedRun(from start: Int) -> Match? {
        var index = start
        var current = window.read(index)
        var recent: UInt64 = 0
        for count in 0..<Self.disguisedLength {
            let classes = window.classes(of: current.value)
            guard classes.rawValue & ByteClass.token68.rawValue != 0 else { break }
            let next = window.read(current.next)
            if tables.isPair(current.value, next.value), let match = shape(at: index) {
                return match
            }
            recent = recent << 8 | UInt64(truncatingIfNeeded: current.value)
            let isMark =
                recent & 0xFFFF_FFFF_FFFF == 0x4A51_514A_3939 || recent == 0x5433_426C_626B_464A
            if isMark, count >= 20 {
                return Match(
                    kind: recent == 0x5433_426C_626B_464A ? .openAI : .azure, start: start,
                    end: current.next, rest: .run(.token))
            }
            index = current.next
            current = next
        }
        settled = index
        return nil
    }

    private static let disguisedLength = 128
}
