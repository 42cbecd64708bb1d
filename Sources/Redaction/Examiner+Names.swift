extension Examiner {
    /// A value that is secret because of the name before it.
    mutating func named() -> Match? {
        let end = place &+ 3
        guard let (rule, start) = rule(endingAt: end), rule.demand != .never else { return nil }
        guard let opening = opening(from: end, name: start) else { return nil }
        switch rule.demand {
        case .cookie: return cookie(opening)
        case .authorization: return authorization(opening)
        case .query:
            let before = window.byte(at: start &- 1)
            guard before == 0x3F || before == 0x26 else { return nil }
        case .little, .some, .much, .never: break
        }
        return judge(opening, rule, name: start)
    }

    /// The rule for the name that ends before a place, and where the rule's part of it begins.
    private mutating func rule(endingAt end: Int) -> (NameRule, Int)? {
        let last = window.byte(at: end &- 1) | 0x20
        for index in 0..<tables.nameCount {
            let rule = tables.names[index]
            let count = rule.name.utf8CodeUnitCount
            guard Int(rule.name.utf8Start[count &- 1]) == last,
                let start = begin(of: rule.name, endingAt: end)
            else { continue }
            if rule.isGlued || !isInsideWord(start) || isHump(start) { return (rule, start) }
        }
        return nil
    }

    /// A capital behind a small letter, or a small letter behind capitals.
    private mutating func isHump(_ start: Int) -> Bool {
        window.classes(at: start).contains(.upper)
            && !window.classes(at: start &- 1).contains(.upper)
    }

    /// Where a name begins that is written with or without `-`, `_` and `.` between its words.
    private mutating func begin(of name: StaticString, endingAt end: Int) -> Int? {
        var index = end
        var left = name.utf8CodeUnitCount
        while left > 0 {
            var byte = window.byte(at: index &- 1)
            if left < name.utf8CodeUnitCount, byte == 0x2D || byte == 0x5F || byte == 0x2E {
                index = index &- 1
                byte = window.byte(at: index &- 1)
            }
            guard byte | 0x20 == Int(name.utf8Start[left &- 1]) else { return nil }
            index = index &- 1
            left = left &- 1
        }
        return index
    }

    /// Where a value begins, and how it is enclosed.
    struct Opening {
        var index: Int
        var quote = 0
        /// Whether `=` stood before it.
        var isAssigned = false
        /// Whether it is the next element of a list or tuple.
        var isListed = false
    }

    /// Passes what stands between a name and its value: quotation marks, white space, `=` or `:`.
    private mutating func opening(from end: Int, name: Int) -> Opening? {
        var opening = Opening(index: end)
        var hasSeparator = false
        var hasSpace = false
        var quotes = 0
        for _ in 0..<24 {
            let character = window.read(opening.index)
            switch character.value {
            case 0x20, 0x09: hasSpace = true
            case 0x3D, 0x3A:
                if hasSeparator, character.value == 0x3A { return nil }
                hasSeparator = true
                opening.isAssigned = opening.isAssigned || character.value == 0x3D
            case 0x3E where opening.isAssigned: break
            case 0x22, 0x27, 0x60:
                if hasSeparator {
                    // An empty value.
                    if opening.quote == character.value { return nil }
                    opening.quote = character.value
                }
                quotes = quotes &+ 1
            case 0x3E where !hasSeparator:
                // `<ApiKey>`
                guard isTag(name) else { return nil }
                hasSeparator = true
            case 0x2C where !hasSeparator && quotes > 0:
                hasSeparator = true
                opening.isListed = true
            case 0x5D where !hasSeparator, 0x29 where !hasSeparator: break
            case 0x28 where hasSeparator, 0x5B where hasSeparator, 0x7B where hasSeparator: break
            case 0x4F where hasSeparator, 0x73 where hasSeparator:
                // `Optional("…")`, `some("…")`.
                guard
                    let inner = characters("optional(", at: opening.index)
                        ?? characters("some(", at: opening.index)
                else { return opening }
                opening.index = inner
                continue
            default:
                if opening.isListed, opening.quote == 0 { return nil }
                if hasSeparator { return opening }
                return hasSpace && isOption(name) ? opening : nil
            }
            opening.index = character.next
        }
        return nil
    }

    /// Whether a name is one of an element of XML.
    private mutating func isTag(_ name: Int) -> Bool {
        var start = name
        while start > place &- 40, window.classes(at: start &- 1).contains(.name) {
            start = start &- 1
        }
        return window.byte(at: start &- 1) == 0x3C
    }

    /// Whether a name is one of an option: `--api-key`.
    private mutating func isOption(_ name: Int) -> Bool {
        var start = name
        while start > place &- 40, window.classes(at: start &- 1).contains(.name) {
            start = start &- 1
        }
        return window.byte(at: start) == 0x2D && window.byte(at: start &+ 1) == 0x2D
    }

    /// Reads a value as far as it has to be looked at.
    mutating func value(from start: Int, quote: Int, limit: Int) -> RunStatistics {
        var statistics = RunStatistics()
        var index = start
        while statistics.count < limit {
            let character = window.read(index)
            guard character.value >= 0 else { break }
            let classes = window.classes(of: character.value)
            if quote != 0 {
                guard character.value != quote, character.value != 0x0A, character.value != 0x0D
                else { break }
            } else {
                guard character.value < 256, !classes.contains(.valueEnd) else { break }
            }
            statistics.add(character.value, classes)
            index = character.next
        }
        return statistics
    }

    private mutating func judge(_ opening: Opening, _ rule: NameRule, name: Int) -> Match? {
        let statistics = value(
            from: opening.index, quote: opening.quote, limit: Self.confirmLength)
        settle(statistics, limit: Self.confirmLength, end: opening.index &+ Self.confirmLength)
        guard !isPlaceholder(at: opening.index), statistics.stars < 3,
            meets(statistics, rule, opening, name: name),
            !opening.isListed || statistics.isRandom
        else { return nil }
        return Match(
            kind: rule.kind, start: opening.index, end: opening.index,
            rest: Rest(
                mode: .value, quote: opening.quote, mayWrap: statistics.isRandom))
    }

    private mutating func meets(
        _ statistics: RunStatistics, _ rule: NameRule, _ opening: Opening, name: Int
    ) -> Bool {
        switch rule.demand {
        case .little:
            guard statistics.count >= 4, !isWord(at: opening.index, statistics) else {
                return false
            }
            if opening.quote != 0 || opening.isAssigned { return true }
            return statistics.digits > 0 || statistics.marks > 0
                || (statistics.turns > 0 && statistics.count >= 10)
        case .some:
            guard statistics.count >= 8, statistics.letters > 0, !statistics.isMonotonous
            else { return false }
            return statistics.isMixed || statistics.isRandom
                || (statistics.longest >= 24 && statistics.distinct >= 8)
        case .much, .query:
            let isVariable = isVariableName(name)
            guard statistics.count >= (isVariable ? 10 : 16), !statistics.isUUID,
                !statistics.isMonotonous
            else { return false }
            return statistics.isRandom
        case .authorization, .cookie, .never: return false
        }
    }

    /// `STRIPE_LIVE_KEY`: capitals and a `_` before the last word, as variables are named.
    private mutating func isVariableName(_ start: Int) -> Bool {
        window.byte(at: start &- 1) == 0x5F && window.classes(at: start).contains(.upper)
    }

    private mutating func authorization(_ opening: Opening) -> Match? {
        let (word, end) = run(from: opening.index, .token, limit: 32)
        // A scheme (RFC 9110 section 11.1) and what follows it.
        if word.count >= 3, word.count < 20, word.digits <= 4, window.read(end).value == 0x20 {
            if characters("bearer", at: opening.index) != nil
                || characters("basic", at: opening.index) != nil
            {
                return nil
            }
            let next = window.read(end).next
            let statistics = value(
                from: next, quote: opening.quote, limit: Self.confirmLength)
            guard statistics.count >= 8, !isPlaceholder(at: next),
                statistics.isMixed || statistics.isRandom
            else { return nil }
            return Match(
                kind: .authorization, start: next, end: next,
                rest: Rest(mode: .value, quote: opening.quote, mayWrap: statistics.isRandom))
        }
        let statistics = value(
            from: opening.index, quote: opening.quote, limit: Self.confirmLength)
        guard statistics.count >= 8, !isPlaceholder(at: opening.index),
            !statistics.isMonotonous,
            statistics.isMixed || statistics.isRandom || statistics.longest >= 24
        else { return nil }
        return Match(
            kind: .authorization, start: opening.index, end: opening.index,
            rest: Rest(mode: .value, quote: opening.quote, mayWrap: statistics.isRandom))
    }

    /// The pairs of a cookie header (RFC 6265 section 4).
    private mutating func cookie(_ opening: Opening) -> Match? {
        let (name, end) = run(from: opening.index, .name, limit: 64)
        guard name.count > 0, window.read(end).value == 0x3D else { return nil }
        return Match(
            kind: .cookie, start: opening.index, end: opening.index,
            rest: Rest(mode: .cookie, quote: opening.quote))
    }

    /// Whether a value is a word that says something about a secret, rather than one.
    private mutating func isWord(at start: Int, _ statistics: RunStatistics) -> Bool {
        guard statistics.digits == 0, statistics.marks == 0, statistics.count <= 12 else {
            return false
        }
        let text = packed(from: start)
        for word in Self.words {
            var lowered = Packed()
            for offset in 0..<word.utf8CodeUnitCount { lowered.append(word.utf8Start[offset]) }
            let fold: UInt64 = 0x2020_2020_2020_2020
            guard word.utf8CodeUnitCount == statistics.count else { continue }
            let shift = UInt64(64 &- 8 &* min(8, statistics.count))
            guard (text.high | fold) >> shift == (lowered.high | fold) >> shift else { continue }
            return true
        }
        return false
    }

    static let words: [StaticString] = [
        "true", "false", "null", "none", "enabled", "disabled", "required", "optional", "present",
        "missing", "invalid", "expired", "valid", "unset", "empty", "unknown", "hidden",
        "redacted", "masked", "string", "undefined", "wrong", "incorrect", "rotated", "changed",
        "removed",
    ]

    /// What stands for a secret in documentation and templates.
    mutating func isPlaceholder(at start: Int) -> Bool {
        let first = window.read(start)
        switch first.value {
        case 0x7B, 0x3C, 0x24, 0x2A, 0x5B:
            // `{{token}}`, `<key>`, `$KEY`, `${KEY}`, `****`, `[REDACTED]`.
            let second = window.read(first.next)
            return first.value != 0x24 || second.value == 0x7B || second.value == 0x28
                || window.classes(of: second.value).contains(.upper)
        case 0x25:
            let second = window.read(first.next)
            return second.value == 0x73 || second.value == 0x40 || second.value == 0x7B
        case 0x2E: return window.read(first.next).value == 0x2E
        default: break
        }
        return characters("your", at: start) != nil || characters("xxxx", at: start) != nil
            || characters("example", at: start) != nil
            || characters("placeholder", at: start) != nil
            || characters("redacted", at: start) != nil || characters("changeme", at: start) != nil
    }
}
