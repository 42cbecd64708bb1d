extension Examiner {
    /// Marks inside of keys.
    mutating func mark() -> Match? {
        switch window.byte(at: place) {
        case 0x54: openAIMark()
        case 0x4A: azureMark()
        default: nil
        }
    }

    /// Passwords of URLs, PEM blocks.
    mutating func structure() -> Match? {
        if isText("://", at: place) { return url(from: place &+ 3) }
        return pem()
    }

    /// Whether bytes are there.
    mutating func isText(_ text: StaticString, at start: Int) -> Bool {
        for offset in 0..<text.utf8CodeUnitCount
        where window.byte(at: start &+ offset) != Int(text.utf8Start[offset]) {
            return false
        }
        return true
    }

    /// Whether characters are there, in any case; gives the place behind them.
    mutating func characters(_ text: StaticString, at start: Int) -> Int? {
        var index = start
        for offset in 0..<text.utf8CodeUnitCount {
            let character = window.read(index)
            let classes = window.classes(of: character.value)
            let folded = classes.contains(.upper) ? character.value | 0x20 : character.value
            guard folded == Int(text.utf8Start[offset]) else { return nil }
            index = character.next
        }
        return index
    }

    /// `T3BlbkFJ` (base 64 of "OpenAI") stands in the middle of keys; the beginning may be lost.
    private mutating func openAIMark() -> Match? {
        guard isText("T3BlbkFJ", at: place) else { return nil }
        let start = backward(from: place, over: .token)
        let (statistics, _) = run(from: place &+ 8, .token, limit: 12)
        guard place &- start >= 12 || statistics.count >= 12 else { return nil }
        return Match(kind: .openAI, start: start, end: place &+ 8, rest: .run(.token))
    }

    /// Keys of Azure: 52 characters, `JQQJ99`, 18, `ACOG`, 4.
    private mutating func azureMark() -> Match? {
        guard isText("JQQJ99", at: place) else { return nil }
        let start = backward(from: place, over: .alphanumeric)
        let (statistics, _) = run(from: place &+ 6, .alphanumeric, limit: 18)
        guard place &- start >= 16 || statistics.count >= 16 else { return nil }
        return Match(kind: .azure, start: start, end: place &+ 6, rest: .run(.token))
    }

    /// `user:password@` in a URL (RFC 3986 section 3.2.1).
    mutating func url(from start: Int) -> Match? {
        var index = start
        var password = -1
        var last = -1
        var statistics = RunStatistics()
        for _ in 0..<192 {
            let character = window.read(index)
            if character.value == 0x40 {
                last = index
            } else if character.value == 0x3A, password < 0, last < 0 {
                password = character.next
            } else {
                let classes = window.classes(of: character.value)
                guard classes.contains(.userinfo) else { break }
                if last < 0 { statistics.add(character.value, classes) }
            }
            index = character.next
        }
        guard last > start else { return nil }
        if password < 0 {
            guard statistics.count >= 16, statistics.isRandom else { return nil }
            return Match(kind: .urlPassword, start: start, end: last, rest: .nothing)
        }
        guard last > password, !isPlaceholder(at: password) else { return nil }
        return Match(kind: .urlPassword, start: password, end: last, rest: .nothing)
    }

    /// `-----BEGIN … PRIVATE KEY-----` (RFC 7468), PGP's too.
    private mutating func pem() -> Match? {
        guard isText("-BEGIN ", at: place) else { return nil }
        var index = place &+ 7
        var word: UInt64 = 0
        var isPrivate = false
        for _ in 0..<48 {
            let byte = window.byte(at: index)
            guard byte >= 0x20, byte <= 0x5A else { return nil }
            index = index &+ 1
            if byte == 0x2D { break }
            word = word << 8 | UInt64(truncatingIfNeeded: byte)
            // "PRIVATE " has eight letters.
            if word == 0x5052_4956_4154_4520 { isPrivate = true }
        }
        guard isPrivate else { return nil }
        var start = place
        for _ in 0..<4 where window.byte(at: start &- 1) == 0x2D { start = start &- 1 }
        while window.byte(at: index) == 0x2D, index < place &+ 96 { index = index &+ 1 }
        return Match(kind: .privateKey, start: start, end: index, rest: Rest(mode: .pem))
    }

    /// `curl -u name:password`, `--user name:password`.
    mutating func user() -> Match? {
        guard isText("-u ", at: place) || isText("ser ", at: place) || isText("ser=", at: place)
        else { return nil }
        var index: Int
        if window.byte(at: place) == 0x2D {
            guard !window.classes(at: place &- 1).contains(.name) else { return nil }
            index = place &+ 3
        } else {
            guard isText("--u", at: place &- 3) || isText("-u", at: place &- 2) else { return nil }
            index = place &+ 4
        }
        var quote = 0
        let opening = window.read(index)
        if opening.value == 0x22 || opening.value == 0x27 {
            quote = opening.value
            index = opening.next
        }
        for _ in 0..<64 {
            let character = window.read(index)
            index = character.next
            if character.value == 0x3A { break }
            guard window.classes(of: character.value).contains(.userinfo) else { return nil }
        }
        let statistics = value(from: index, quote: quote, limit: 32)
        guard statistics.count >= 6, statistics.letters > 0,
            statistics.digits > 0 || statistics.marks > 0 || statistics.count >= 12,
            !isPlaceholder(at: index)
        else { return nil }
        return Match(
            kind: .password, start: index, end: index, rest: Rest(mode: .value, quote: quote))
    }

    /// `Bearer …` and `Basic …` (RFC 6750, RFC 7617), however they are joined to what follows.
    mutating func scheme() -> Match? {
        let isBearer = isWord("bearer")
        guard isBearer || isWord("basic") else { return nil }
        var index = place &+ 3
        var separators = 0
        var quotes = 0
        while separators < 8, quotes < 3 {
            let character = window.read(index)
            switch character.value {
            case 0x20, 0x09, 0x3A, 0x3D, 0x2B: break
            case 0x22, 0x27: quotes = quotes &+ 1
            default: return separators > 0 ? credentials(isBearer, from: index) : nil
            }
            separators = separators &+ 1
            index = character.next
        }
        return nil
    }

    /// Whether a word ends behind the third letter at `place`, in any case.
    private mutating func isWord(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        let start = place &+ 3 &- count
        for offset in 0..<count
        where window.byte(at: start &+ offset) | 0x20 != Int(word.utf8Start[offset]) {
            return false
        }
        return !isInsideWord(start)
    }

    private mutating func credentials(_ isBearer: Bool, from start: Int) -> Match? {
        let (statistics, end) = run(from: start, .token68, limit: Self.confirmLength)
        guard statistics.count >= 8, !statistics.isMonotonous, !isPlaceholder(at: start) else {
            return nil
        }
        let isSecret =
            isBearer
            ? statistics.isMixed || statistics.isRandom
                || (statistics.longest >= 24 && statistics.distinct >= 10)
                || isWrapped(at: end, .token68)
            : isBasic(from: start)
        guard isSecret else { return nil }
        return Match(
            kind: isBearer ? .bearer : .basic, start: start, end: start,
            rest: .run([.token68, .base64]))
    }

    /// Whether base 64 of a name, a colon and a password begins at a place.
    private mutating func isBasic(from start: Int) -> Bool {
        var cursor = Base64Cursor(index: start)
        var count = 0
        var hasColon = false
        var statistics = RunStatistics()
        while count < 48, let byte = cursor.next(&window) {
            guard byte >= 0x20, byte < 0x7F else { return false }
            if byte == 0x3A { hasColon = true }
            statistics.add(byte, window.classes(of: byte))
            count = count &+ 1
        }
        return count >= 5 && (hasColon || statistics.isRandom)
    }
}
