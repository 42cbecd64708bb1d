/// o200k_base, with `U` for `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`, `W` for `[\p{Ll}\p{Lm}\p{Lo}\p{M}]` and `C` for
/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)`:
/// `[^\r\n\p{L}\p{N}]?U*W+C?|[^\r\n\p{L}\p{N}]?U+W*C?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*`
/// `|\s*[\r\n]+|\s+(?!\S)|\s+`
enum O200KScanner: PieceScanner {
    @inline(__always)
    static func end(
        _ tables: VocabularyTables, _ text: UnsafePointer<UInt8>, from start: Int, _ count: Int
    ) -> Int {
        let (first, length) = tables.scalarClass(at: text, start)
        let next = start &+ length
        // A mark could also be the one scalar before a word; it ends at the same place either way.
        if first.has([.upper, .lower]) { return word(tables, text, from: start, count) }
        if first.has(.number) { return numbers(tables, text, from: next, count) }
        let byte = text[start]
        if next < count, !isLineEnd(byte) {
            let (second, length) = tables.scalarClass(at: text, next)
            if second.has([.upper, .lower]) { return word(tables, text, from: next, count) }
            if byte == 0x20, second.isOther {
                return punctuation(tables, text, from: next &+ length, count)
            }
        }
        if first.has(.space) { return lines(tables, text, from: start, count) }
        return punctuation(tables, text, from: next, count)
    }

    /// `U*W+C?|U+W*C?`
    @inline(__always)
    private static func word(
        _ tables: VocabularyTables, _ text: UnsafePointer<UInt8>, from start: Int, _ count: Int
    ) -> Int {
        var place = start
        // Behind the last scalar that can end `U*W+`.
        var cut = start
        while place < count {
            let (found, length) = tables.scalarClass(at: text, place)
            guard found.has(.upper) else {
                if found.has(.lower) {
                    place = run(tables, text, from: place &+ length, count, of: .lower)
                    cut = place
                }
                break
            }
            place &+= length
            if found.has(.lower) { cut = place }
        }
        if cut > start { place = cut }
        return place &+ contraction(text, at: place, count)
    }

    @inline(__always)
    private static func punctuation(
        _ tables: VocabularyTables, _ text: UnsafePointer<UInt8>, from start: Int, _ count: Int
    ) -> Int {
        var place = others(tables, text, from: start, count)
        while place < count, isLineEnd(text[place]) || text[place] == 0x2F { place &+= 1 }
        return place
    }
}
