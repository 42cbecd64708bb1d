/// The machine of `CL100KScanner`.
extension PieceMachine {
    mutating func takeCL100K(_ found: Found, _ tables: VocabularyTables) {
        let kind = found.kind
        switch state {
        case .letters:
            if kind.has(.letter) { return push(found, .letters, tables) }
        case .number:
            if kind.has(.number) { return takeNumber(found, tables) }
        case .other:
            if kind.isOther { return push(found, .other, tables) }
            if found.isLineEnd { return push(found, .trail, tables) }
        case .trail:
            if found.isLineEnd { return push(found, .trail, tables) }
        case .single, .apostrophe:
            if kind.has(.letter) { return takeLetterAfterSingle(found, tables) }
            if kind.isOther { return push(found, .other, tables) }
            if found.isLineEnd { return push(found, .trail, tables) }
        case .contraction:
            if kind.has(.letter) {
                if found.completes(open.last) { return complete(found, tables) }
                return push(found, .letters, tables)
            }
        case .space:
            if kind.has(.space) { return takeSpace(found, tables) }
            if !open.endsAtCut {
                commitToLast(tables)
                if kind.has(.letter) { return push(found, .letters, tables) }
                if kind.isOther, open.last == 0x20 { return push(found, .other, tables) }
            }
        // Words of o200k_base.
        case .empty, .upper, .lower, .wordApostrophe, .wordContraction: break
        }
        commit(tables)
        begin(found, tables)
    }

    private mutating func takeLetterAfterSingle(_ found: Found, _ tables: VocabularyTables) {
        guard state == .apostrophe else { return push(found, .letters, tables) }
        if found.isShort { return complete(found, tables) }
        push(found, found.isFirst ? .contraction : .letters, tables)
    }

    private mutating func begin(_ found: Found, _ tables: VocabularyTables) {
        let kind = found.kind
        if kind.has(.letter) { return push(found, .letters, tables) }
        if kind.has(.space) { return takeSpace(found, tables) }
        if kind.has(.number) {
            digits = 0
            return takeNumber(found, tables)
        }
        push(found, found.utf8 == 0x27 ? .apostrophe : .single, tables)
    }
}
