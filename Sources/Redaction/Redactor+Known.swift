extension Redactor {
    /// The first known secret that begins before a place, or nil when there is none.
    ///
    /// When that cannot be told yet, `place` and `patience` are left so that it is asked again.
    mutating func findKnown(
        _ known: KnownSecrets, _ base: UnsafePointer<UInt8>, upTo end: Int, _ isFinal: Bool
    ) -> KnownAnswer {
        let length = KnownSecrets.windowLength
        var index = max(nextKnown, place)
        let last = min(end, count &- length)
        let hasShort = known.hasShort
        while index <= last {
            if known.mayContain(base + index), known.contains(base + index, count: length) {
                return .found(match(known, base, at: index))
            }
            if let match = hexMatch(known, base, at: index) { return .found(match) }
            if hasShort, let match = shortMatch(known, base, at: index) { return .found(match) }
            index = index &+ 1
        }
        while isFinal, hasShort, index < end {
            if let match = shortMatch(known, base, at: index) { return .found(match) }
            index = index &+ 1
        }
        nextKnown = max(nextKnown, index)
        return isFinal || end <= last ? .none : .unknown(upTo: max(place, last &+ 1))
    }

    enum KnownAnswer {
        case found(Match)
        case none
        /// Nothing begins before that place, and more bytes have to come.
        case unknown(upTo: Int)
    }

    /// Twelve bytes of a known secret in hexadecimal digits, of which half are before a place.
    private func hexMatch(
        _ known: KnownSecrets, _ base: UnsafePointer<UInt8>, at place: Int
    ) -> Match? {
        let length = KnownSecrets.windowLength
        let start = place &- length
        guard start >= floor, isHex(base, start), isHex(base, place &+ length &- 1),
            isHex(base, place)
        else { return nil }
        var bytes = InlineArray<12, UInt8>(repeating: 0)
        for index in 0..<length {
            let digits = base + (start &+ 2 &* index)
            guard isHex(digits, 0), isHex(digits, 1) else { return nil }
            let value = Tables.hexValue(digits[0]) << 4 | Tables.hexValue(digits[1])
            bytes[index] = UInt8(truncatingIfNeeded: value)
        }
        let isKnown = withUnsafeBytes(of: bytes) { memory in
            guard let first = memory.assumingMemoryBound(to: UInt8.self).baseAddress else {
                return false
            }
            return known.mayContain(first) && known.contains(first, count: length)
        }
        guard isKnown else { return nil }
        var first = start
        while first > max(start &- Self.reach, emitted, floor), isHex(base, first &- 1) {
            first = first &- 1
        }
        return Match(
            kind: .known, start: first, end: place &+ length,
            rest: Rest(mode: .run, alphabet: .hex))
    }

    private func isHex(_ base: UnsafePointer<UInt8>, _ index: Int) -> Bool {
        ByteClass(rawValue: tables.classes[Int(base[index])]).contains(.hex)
    }

    /// A known secret that is shorter than a window, between bytes that belong to no value.
    private func shortMatch(
        _ known: KnownSecrets, _ base: UnsafePointer<UInt8>, at start: Int
    ) -> Match? {
        guard isBoundary(base, start &- 1) else { return nil }
        var end = start
        while end < count, end &- start < KnownSecrets.windowLength, !isBoundary(base, end) {
            end = end &+ 1
        }
        let length = end &- start
        guard length >= KnownSecrets.shortest, length < KnownSecrets.windowLength,
            known.contains(base + start, count: length)
        else { return nil }
        return Match(kind: .known, start: start, end: end, rest: .nothing)
    }

    private func isBoundary(_ base: UnsafePointer<UInt8>, _ index: Int) -> Bool {
        guard index >= floor else { return true }
        let byte = base[index]
        return byte == 0x3D || byte == 0x3A
            || ByteClass(rawValue: tables.classes[Int(byte)]).contains(.valueEnd)
    }

    /// All pieces in a row that are known, and the word that they stand in.
    private func match(_ known: KnownSecrets, _ base: UnsafePointer<UInt8>, at start: Int) -> Match
    {
        let length = KnownSecrets.windowLength
        var first = start
        let lowest = max(start &- Self.reach, emitted, floor)
        while first > lowest {
            let classes = ByteClass(rawValue: tables.classes[Int(base[first &- 1])])
            guard classes.contains(.held), classes.contains(.token) || classes.contains(.base64)
            else { break }
            first = first &- 1
        }
        return Match(
            kind: .known, start: first, end: start &+ length,
            rest: Rest(mode: .known, alphabet: [.token68, .base64], mayWrap: true))
    }
}
