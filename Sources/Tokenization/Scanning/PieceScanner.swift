/// Cuts well-formed UTF-8 into the pieces that the published pattern of an encoding would find, by hand:
/// tokens never reach across two of them.
protocol PieceScanner {
    /// Where the piece ends that begins at `start`, which is before `count`.
    static func end(
        _ tables: VocabularyTables, _ text: UnsafePointer<UInt8>, from start: Int, _ count: Int
    ) -> Int
}

// What the patterns have in common. All return the place behind what they read.
extension PieceScanner {
    /// Scalars of any of these classes.
    @inline(__always)
    static func run(
        _ tables: VocabularyTables, _ text: UnsafePointer<UInt8>, from start: Int, _ count: Int,
        of classes: ScalarClass
    ) -> Int {
        var place = start
        while place < count {
            let (found, length) = tables.scalarClass(at: text, place)
            guard found.has(classes) else { break }
            place &+= length
        }
        return place
    }

    /// `[^\s\p{L}\p{N}]*`
    @inline(__always)
    static func others(
        _ tables: VocabularyTables, _ text: UnsafePointer<UInt8>, from start: Int, _ count: Int
    ) -> Int {
        var place = start
        while place < count {
            let (found, length) = tables.scalarClass(at: text, place)
            guard found.isOther else { break }
            place &+= length
        }
        return place
    }

    /// `\p{N}{1,3}`, the first of which is read.
    @inline(__always)
    static func numbers(
        _ tables: VocabularyTables, _ text: UnsafePointer<UInt8>, from start: Int, _ count: Int
    ) -> Int {
        var place = start
        for _ in 0..<2 where place < count {
            let (found, length) = tables.scalarClass(at: text, place)
            guard found.has(.number) else { break }
            place &+= length
        }
        return place
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line end of the run; else all of it at the end of the
    /// text; else all but its last scalar, which goes with what follows.
    @inline(__always)
    static func lines(
        _ tables: VocabularyTables, _ text: UnsafePointer<UInt8>, from start: Int, _ count: Int
    ) -> Int {
        var place = start
        var last = start
        var lineEnd = start
        while place < count {
            let (found, length) = tables.scalarClass(at: text, place)
            guard found.has(.space) else { break }
            last = place
            place &+= length
            if isLineEnd(text[last]) { lineEnd = place }
        }
        if lineEnd > start { return lineEnd }
        return place == count || last == start ? place : last
    }

    /// `\s+(?!\S)|\s+`
    @inline(__always)
    static func spaces(
        _ tables: VocabularyTables, _ text: UnsafePointer<UInt8>, from start: Int, _ count: Int
    ) -> Int {
        var place = start
        var last = start
        while place < count {
            let (found, length) = tables.scalarClass(at: text, place)
            guard found.has(.space) else { break }
            last = place
            place &+= length
        }
        return place == count || last == start ? place : last
    }

    @inline(__always)
    static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    /// The bytes of `(?i:'s|'t|'re|'ve|'m|'ll|'d)` at a place; 0 where there is none. Case is folded as
    /// Unicode does: U+017F is an `s`.
    @inline(__always)
    static func contraction(_ text: UnsafePointer<UInt8>, at place: Int, _ count: Int) -> Int {
        guard count &- place >= 2, text[place] == 0x27 else { return 0 }
        let first = text[place &+ 1]
        switch first | 0x20 {
        case 0x73, 0x74, 0x6D, 0x64: return first < 0x80 ? 2 : 0
        case 0x6C: return follows(text, place, count, 0x6C)
        case 0x72, 0x76: return follows(text, place, count, 0x65)
        default:
            guard first == 0xC5, count &- place >= 3, text[place &+ 2] == 0xBF else { return 0 }
            return 3
        }
    }

    @inline(__always)
    private static func follows(
        _ text: UnsafePointer<UInt8>, _ place: Int, _ count: Int, _ letter: UInt8
    ) -> Int {
        count &- place >= 3 && text[place &+ 2] | 0x20 == letter ? 3 : 0
    }
}
