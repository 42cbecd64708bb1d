/// cl100k_base:
/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*`
/// `|\s*[\r\n]+|\s+(?!\S)|\s+`
enum CL100KScanner: PieceScanner {
    @inline(__always)
    static func end(
        _ tables: VocabularyTables, _ text: UnsafePointer<UInt8>, from start: Int, _ count: Int
    ) -> Int {
        let (first, length) = tables.scalarClass(at: text, start)
        let next = start &+ length
        if first.has(.letter) { return run(tables, text, from: next, count, of: .letter) }
        if first.has(.number) { return numbers(tables, text, from: next, count) }
        let byte = text[start]
        if byte == 0x27 {
            let contraction = contraction(text, at: start, count)
            if contraction > 0 { return start &+ contraction }
        }
        if next < count, !isLineEnd(byte) {
            let (second, length) = tables.scalarClass(at: text, next)
            if second.has(.letter) {
                return run(tables, text, from: next &+ length, count, of: .letter)
            }
            if byte == 0x20, second.isOther {
                return punctuation(tables, text, from: next &+ length, count)
            }
        }
        if first.has(.space) { return lines(tables, text, from: start, count) }
        return punctuation(tables, text, from: next, count)
    }

    @inline(__always)
    private static func punctuation(
        _ tables: VocabularyTables, _ text: UnsafePointer<UInt8>, from start: Int, _ count: Int
    ) -> Int {
        var place = others(tables, text, from: start, count)
        while place < count, isLineEnd(text[place]) { place &+= 1 }
        return place
    }
}
