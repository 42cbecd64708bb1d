/// Finds out what belongs to a secret that was recognised, one step at a time.
struct Follower {
    var window: Window
    var rest: Rest

    /// The place up to which it goes on; the same place when there are no more bytes; nil at its end.
    mutating func step(from place: Int) -> Int? {
        let character = window.read(place)
        if character.value < 0 { return place }
        switch rest.mode {
        case .nothing, .known: return nil
        case .run: return run(character, place)
        case .value: return value(character, place)
        case .cookie: return cookie(character, place)
        case .pem: return pem(character)
        case .numbers: return numbers(character)
        case .hexDump:
            guard character.value == 0x0A else { return character.next }
            return window.dumpLine(at: character.next) == nil ? nil : character.next
        }
    }

    private mutating func run(_ character: Window.Character, _ place: Int) -> Int? {
        let classes = window.classes(of: character.value)
        guard classes.rawValue & rest.alphabet.rawValue != 0 else {
            return rest.mayWrap ? window.continuation(at: place, rest.alphabet) : nil
        }
        // A full stop belongs to the sentence when nothing follows it.
        guard character.value == 0x2E else { return character.next }
        let next = window.read(character.next)
        let following = window.classes(of: next.value)
        guard next.value != 0x2E, following.rawValue & rest.alphabet.rawValue != 0 else {
            return nil
        }
        return character.next
    }

    private mutating func value(_ character: Window.Character, _ place: Int) -> Int? {
        if character.value == 0x0A || character.value == 0x0D || character.value == 0x5C {
            if rest.mayWrap, let next = window.continuation(at: place, .token68) { return next }
            return rest.quote != 0 && character.value == 0x5C ? character.next : nil
        }
        if rest.quote != 0 { return character.value == rest.quote ? nil : character.next }
        guard character.value < 256,
            !window.classes(of: character.value).contains(.valueEnd)
        else { return nil }
        return character.next
    }

    private mutating func cookie(_ character: Window.Character, _ place: Int) -> Int? {
        switch character.value {
        case 0x0A, 0x0D, 0x22, 0x27, 0x60: return nil
        case 0x20, 0x09:
            let before = window.byte(at: place &- 1)
            return before == 0x3B || before == 0x3A || before == 0x30 ? character.next : nil
        default: return character.next
        }
    }

    /// The lines of a PEM block: headers with a colon, base 64, and the line that ends it.
    private mutating func pem(_ character: Window.Character) -> Int? {
        if character.value == 0x2D {
            rest.hyphens &+= 1
            if rest.isEndLine, rest.hyphens >= 5 { rest.mode = .nothing }
            return character.next
        }
        if rest.hyphens >= 4 { rest.isEndLine = true }
        rest.hyphens = 0
        switch character.value {
        case 0x0A, 0x0D:
            rest.isLineStart = true
            rest.isHeaderLine = false
            rest.isEndLine = false
            return character.next
        case 0x20, 0x09:
            return rest.isLineStart || rest.isHeaderLine || rest.isEndLine ? character.next : nil
        case 0x3A:
            guard rest.headerLines < 8 else { return nil }
            rest.headerLines &+= 1
            rest.isHeaderLine = true
            return character.next
        default:
            rest.isLineStart = false
            if rest.isHeaderLine, character.value != 0x22 { return character.next }
            return window.classes(of: character.value).contains(.base64) ? character.next : nil
        }
    }

    private mutating func numbers(_ character: Window.Character) -> Int? {
        let classes = window.classes(of: character.value)
        if classes.rawValue & rest.alphabet.rawValue != 0 { return character.next }
        switch character.value {
        case 0x20, 0x2C, 0x3A, 0x78, 0x0A, 0x0D:
            // Something between two numbers, not behind the last.
            var index = character.next
            for _ in 0..<16 {
                let next = window.read(index)
                let following = window.classes(of: next.value)
                if following.rawValue & rest.alphabet.rawValue != 0 {
                    return isNumber(at: index) ? index : nil
                }
                guard isSeparator(next.value) else { return nil }
                index = next.next
            }
            return nil
        default: return nil
        }
    }

    private func isSeparator(_ value: Int) -> Bool {
        switch value {
        case 0x20, 0x2C, 0x3A, 0x78, 0x0A, 0x0D: true
        default: false
        }
    }

    /// Whether digits stand at a place that are no part of a word.
    private mutating func isNumber(at start: Int) -> Bool {
        var index = start
        for _ in 0..<9 {
            let classes = window.classes(at: index)
            guard classes.rawValue & rest.alphabet.rawValue != 0 else {
                return !classes.contains(.token) || window.byte(at: index) == 0x78
            }
            index = index &+ 1
        }
        return rest.alphabet.contains(.hex)
    }
}
