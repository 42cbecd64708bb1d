/// The machine of `GPT2Scanner`.
extension PieceMachine {
    mutating func takeGPT2(_ found: Found, _ tables: VocabularyTables) {
        let kind = found.kind
        switch state {
        case .letters:
            if kind.has(.letter) { return push(found, .letters, tables) }
        case .number:
            if kind.has(.number) { return push(found, .number, tables) }
        case .other:
            if kind.isOther { return push(found, .other, tables) }
        case .apostrophe:
            if found.isShortInLowerCase { return complete(found, tables) }
            if found.isFirstInLowerCase {
                // Two pieces, unless the letter that is missing follows.
                open.setCut(tables)
                return push(found, .contraction, tables)
            }
            if kind.isOther { return push(found, .other, tables) }
        case .contraction:
            if found.completesInLowerCase(open.last) { return complete(found, tables) }
            if kind.has(.letter) {
                commitToCut(.letters, tables)
                return push(found, .letters, tables)
            }
        case .space:
            if kind.has(.space) { return push(found, .space, tables) }
            commitToLast(tables)
            if open.last == 0x20 { return push(found, Self.run(kind), tables) }
        // States of other encodings.
        case .empty, .single, .trail, .upper, .lower, .wordApostrophe, .wordContraction: break
        }
        commit(tables)
        if kind.has(.space) { return push(found, .space, tables) }
        push(found, found.utf8 == 0x27 ? .apostrophe : Self.run(kind), tables)
    }

    private static func run(_ kind: ScalarClass) -> State {
        kind.has(.letter) ? .letters : kind.has(.number) ? .number : .other
    }
}
