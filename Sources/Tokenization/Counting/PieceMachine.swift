/// Cuts a text that arrives scalar by scalar into the same pieces as the `PieceScanner` of its encoding,
/// and counts their tokens. What could still become another piece stays open.
struct PieceMachine {
    /// What the open piece is.
    enum State: UInt8 {
        case empty
        /// White space.
        case space
        case letters
        case number
        /// `[^\s\p{L}\p{N}]+`, perhaps behind a space.
        case other
        /// One scalar of `[^\s\p{L}\p{N}]`, which may begin a word.
        case single
        /// Line ends behind `other`.
        case trail
        /// An apostrophe, then with a letter of a contraction that needs two.
        case apostrophe
        case contraction
        /// o200k_base: a run of `upper`, then one of `lower`, then what could be a contraction's beginning.
        case upper
        case lower
        case wordApostrophe
        case wordContraction
    }

    let name: EncodingName
    var state = State.empty
    /// Numbers in `number`.
    var digits: UInt8 = 0
    var open = OpenPiece()
    /// Tokens of the pieces that nothing can change any more.
    var committed: UInt64 = 0

    init(_ name: EncodingName) { self.name = name }

    /// Tokens of the text so far.
    func count(_ tables: VocabularyTables) -> UInt64 {
        open.isEmpty ? committed : committed &+ UInt64(open.tokens(tables))
    }

    /// Takes the next scalar.
    @inline(__always)
    mutating func take(_ scalar: UInt32, _ tables: VocabularyTables) {
        let found = Found(scalar, tables)
        switch name {
        case .cl100kBase: takeCL100K(found, tables)
        case .o200kBase: takeO200K(found, tables)
        case .p50kBase, .claude: takeGPT2(found, tables)
        }
    }

    /// A scalar and what is known of it.
    struct Found {
        let utf8: UInt32
        let length: Int
        let kind: ScalarClass

        @inline(__always)
        init(_ scalar: UInt32, _ tables: VocabularyTables) {
            (utf8, length) = TextRepair.packedUTF8(scalar)
            kind = tables.scalarClass(scalar)
        }

        @inline(__always)
        var isLineEnd: Bool { utf8 == 0x0A || utf8 == 0x0D }

        /// The letters after an apostrophe that are a contraction by themselves. U+017F folds to `s`.
        var isShort: Bool {
            isShortInLowerCase || utf8 == 0xBFC5
                || utf8 & 0x20 == 0 && [0x53, 0x54, 0x4D, 0x44].contains(utf8)
        }
        var isShortInLowerCase: Bool {
            utf8 == 0x73 || utf8 == 0x74 || utf8 == 0x6D || utf8 == 0x64
        }

        /// The letters after an apostrophe that need another.
        var isFirst: Bool { length == 1 && isFirst(utf8 | 0x20) }
        var isFirstInLowerCase: Bool { isFirst(utf8) }

        private func isFirst(_ letter: UInt32) -> Bool {
            letter == 0x6C || letter == 0x72 || letter == 0x76
        }

        /// Whether it completes a contraction whose first letter, in any case, is given.
        func completes(_ first: UInt32) -> Bool {
            length == 1 && completesInLowerCase(first | 0x20, utf8 | 0x20)
        }
        func completesInLowerCase(_ first: UInt32) -> Bool { completesInLowerCase(first, utf8) }

        private func completesInLowerCase(_ first: UInt32, _ second: UInt32) -> Bool {
            first == 0x6C ? second == 0x6C : second == 0x65
        }
    }
}

// Steps that the machines share.
extension PieceMachine {
    @inline(__always)
    mutating func push(_ found: Found, _ next: State, _ tables: VocabularyTables) {
        open.push(found.utf8, found.length, tables)
        state = next
    }

    /// The open pieces are what they are.
    @inline(__always)
    mutating func commit(_ tables: VocabularyTables) {
        committed &+= UInt64(open.takeAll(tables))
        state = .empty
    }

    /// The scalar completes the open piece.
    mutating func complete(_ found: Found, _ tables: VocabularyTables) {
        open.clearCut()
        open.push(found.utf8, found.length, tables)
        commit(tables)
    }

    /// What is before the cut is a piece; the open piece goes on behind it.
    mutating func commitToCut(_ next: State, _ tables: VocabularyTables) {
        committed &+= UInt64(open.takeToCut(tables))
        state = next
    }

    /// White space is over, and its last scalar may go with what follows.
    mutating func commitToLast(_ tables: VocabularyTables) {
        committed &+= UInt64(open.takeToLast(tables))
    }

    /// The third number ends a piece.
    mutating func takeNumber(_ found: Found, _ tables: VocabularyTables) {
        digits &+= 1
        push(found, .number, tables)
        if digits == 3 { commit(tables) }
    }

    /// White space: what is behind the last line end is a piece of its own so far.
    mutating func takeSpace(_ found: Found, _ tables: VocabularyTables) {
        push(found, .space, tables)
        if found.isLineEnd { open.setCut(tables) }
    }
}
