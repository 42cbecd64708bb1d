extension Window {
    /// Where the bytes begin in a line of a hex dump, behind the number that tells their place.
    mutating func dumpLine(at start: Int) -> Int? {
        var index = start
        while index < start &+ 16, classes(at: index).contains(.hex) { index = index &+ 1 }
        guard index >= start &+ 4 else { return nil }
        if byte(at: index) == 0x3A { index = index &+ 1 }
        guard byte(at: index) == 0x20 else { return nil }
        for _ in 0..<4 where byte(at: index) == 0x20 { index = index &+ 1 }
        return index
    }

    /// Where the bytes go on in the next line of a hex dump, behind the text at the end of this one.
    mutating func nextDumpLine(from start: Int) -> Int? {
        var index = start
        for _ in 0..<64 {
            let byte = byte(at: index)
            index = index &+ 1
            if byte == 0x0A { return dumpLine(at: index) }
            guard byte >= 0 else { return nil }
        }
        return nil
    }

    /// Where a run of an alphabet that ends at a place goes on in the next line, if it does: behind a
    /// line end, written as itself or as an escape, with or without `\\` before it and white space
    /// behind it.
    mutating func continuation(at place: Int, _ alphabet: ByteClass) -> Int? {
        var current = read(place)
        var isExplicit = false
        if current.value == 0x5C {
            current = read(current.next)
            isExplicit = true
        }
        guard current.value == 0x0A || current.value == 0x0D else { return nil }
        if current.value == 0x0D {
            let next = read(current.next)
            if next.value == 0x0A { current = next }
        }
        var start = current.next
        for _ in 0..<32 {
            let next = read(start)
            guard next.value == 0x20 || next.value == 0x09 else { break }
            start = next.next
        }
        var statistics = RunStatistics()
        var index = start
        while statistics.count < 80 {
            let character = read(index)
            let classes = classes(of: character.value)
            guard classes.rawValue & alphabet.rawValue != 0 else { break }
            statistics.add(character.value, classes)
            index = character.next
        }
        let following = read(index).value
        guard statistics.count > 0, isContinuation(statistics, following, isExplicit) else {
            return nil
        }
        return start
    }

    /// Whether a line looks like a part of a key: not like a header, a word or a record.
    private func isContinuation(
        _ statistics: RunStatistics, _ following: Int, _ isExplicit: Bool
    ) -> Bool {
        if isExplicit { return following != 0x3A && following != 0x3D }
        guard !statistics.isUUID else { return false }
        let isLineEnd =
            following < 0 || following == 0x0A || following == 0x0D || following == 0x5C
        if statistics.count >= 16 {
            guard statistics.isRandom || (isLineEnd && statistics.isMixed) else { return false }
            let isEnclosed = following == 0x22 || following == 0x27
            let isInSentence = following == 0x20 || following == 0x2C || following == 0x3B
            return isLineEnd || isEnclosed || (statistics.count >= 24 && isInSentence)
        }
        return isLineEnd && statistics.count >= 4 && statistics.joints > 0
            && statistics.distinct > 3
    }
}
