/// The machine of `O200KScanner`.
extension PieceMachine {
    mutating func takeO200K(_ found: Found, _ tables: VocabularyTables) {
        let kind = found.kind
        switch state {
        case .upper, .lower, .wordApostrophe, .wordContraction:
            if takeInWord(found, tables) { return }
            // What could have been a contraction is not, and goes on as something else.
            if state == .single || state == .upper || state == .lower {
                return takeO200K(found, tables)
            }
        case .number:
            if kind.has(.number) { return takeNumber(found, tables) }
        case .other:
            if kind.isOther { return push(found, .other, tables) }
            if found.isLineEnd { return push(found, .trail, tables) }
        case .trail:
            if found.isLineEnd || found.utf8 == 0x2F { return push(found, .trail, tables) }
        case .single:
            if kind.has([.upper, .lower]) { return beginWord(found, tables) }
            if kind.isOther { return push(found, .other, tables) }
            if found.isLineEnd { return push(found, .trail, tables) }
        case .space:
            if kind.has(.space) { return takeSpace(found, tables) }
            if !open.endsAtCut {
                commitToLast(tables)
                if kind.has([.upper, .lower]) { return beginWord(found, tables) }
                if kind.isOther, open.last == 0x20 { return push(found, .other, tables) }
            }
        // States of other encodings.
        case .empty, .letters, .apostrophe, .contraction: break
        }
        commit(tables)
        begin(found, tables)
    }

    /// Goes on in a word. Where it ended: false, and the state is `empty`, or that of what is left open.
    private mutating func takeInWord(_ found: Found, _ tables: VocabularyTables) -> Bool {
        let kind = found.kind
        switch state {
        case .upper:
            if kind.has(.upper) {
                push(found, .upper, tables)
                // The word can end here as `U*W+`; what follows of `upper` alone is another piece so far.
                if kind.has(.lower) { open.setCut(tables) }
                return true
            }
            if kind.has(.lower) {
                open.clearCut()
                push(found, .lower, tables)
                return true
            }
            if open.cut > 0, !open.endsAtCut { commitToCut(.upper, tables) }
            return takeAfterWord(found, tables)
        case .lower:
            if kind.has(.lower) {
                push(found, .lower, tables)
                return true
            }
            return takeAfterWord(found, tables)
        case .wordApostrophe:
            if found.isShort {
                complete(found, tables)
                return true
            }
            if found.isFirst {
                push(found, .wordContraction, tables)
                return true
            }
            commitToCut(.single, tables)
            return false
        default:
            if found.completes(open.last) {
                complete(found, tables)
                return true
            }
            // An apostrophe and a letter, which is in upper case or in lower case.
            commitToCut(open.last & 0x20 == 0 ? .upper : .lower, tables)
            return false
        }
    }

    private mutating func takeAfterWord(_ found: Found, _ tables: VocabularyTables) -> Bool {
        if found.utf8 == 0x27 {
            open.setCut(tables)
            push(found, .wordApostrophe, tables)
            return true
        }
        commit(tables)
        return false
    }

    private mutating func beginWord(_ found: Found, _ tables: VocabularyTables) {
        push(found, found.kind.has(.upper) ? .upper : .lower, tables)
        if found.kind.has(.upper), found.kind.has(.lower) { open.setCut(tables) }
    }

    private mutating func begin(_ found: Found, _ tables: VocabularyTables) {
        let kind = found.kind
        if kind.has([.upper, .lower]) { return beginWord(found, tables) }
        if kind.has(.space) { return takeSpace(found, tables) }
        if kind.has(.number) {
            digits = 0
            return takeNumber(found, tables)
        }
        push(found, .single, tables)
    }
}
