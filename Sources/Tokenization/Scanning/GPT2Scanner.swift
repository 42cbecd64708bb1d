/// The pattern of GPT-2, which p50k_base and the Claude tokenizer have:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
enum GPT2Scanner: PieceScanner {
    @inline(__always)
    static func end(
        _ tables: VocabularyTables, _ text: UnsafePointer<UInt8>, from start: Int, _ count: Int
    ) -> Int {
        var (first, length) = tables.scalarClass(at: text, start)
        var next = start &+ length
        let byte = text[start]
        if byte == 0x20, next < count {
            (first, length) = tables.scalarClass(at: text, next)
            // A space goes with what follows, unless that is white space too.
            if !first.has(.space) { next &+= length }
        }
        if first.has(.letter) { return run(tables, text, from: next, count, of: .letter) }
        if first.has(.number) { return run(tables, text, from: next, count, of: .number) }
        if first.has(.space) { return spaces(tables, text, from: start, count) }
        if byte == 0x27 {
            let contraction = contractionInLowerCase(text, at: start, count)
            if contraction > 0 { return start &+ contraction }
        }
        return others(tables, text, from: next, count)
    }

    /// The bytes of `'s|'t|'re|'ve|'m|'ll|'d` at an apostrophe; 0 where there is none.
    @inline(__always)
    private static func contractionInLowerCase(
        _ text: UnsafePointer<UInt8>, at place: Int, _ count: Int
    ) -> Int {
        guard count &- place >= 2 else { return 0 }
        let second = count &- place >= 3 ? text[place &+ 2] : 0
        switch text[place &+ 1] {
        case 0x73, 0x74, 0x6D, 0x64: return 2
        case 0x6C: return second == 0x6C ? 3 : 0
        case 0x72, 0x76: return second == 0x65 ? 3 : 0
        default: return 0
        }
    }
}
