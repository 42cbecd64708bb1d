/// The end of a text, which what follows can still change: a piece, or two where a cut is set.
///
/// Up to `capacity` bytes are kept here and encoded when the count is asked for. A longer piece goes on in
/// the lanes of a `LongPiece`, which know the count after each byte.
struct OpenPiece {
    static let capacity = 64

    private var bytes = InlineArray<64, UInt8>(repeating: 0)
    /// Bytes of the open text.
    private(set) var count = 0
    /// Where the second piece begins; 0: there is one piece. At `count`: the second is still empty.
    private(set) var cut = 0
    /// The last scalar in UTF-8, its first byte lowest.
    private(set) var last: UInt32 = 0
    private var lastLength = 0

    /// Whether the text is in `long` and no more in `bytes`.
    private(set) var isLong = false
    /// Kept for the next long piece once there was one.
    private(set) var long: LongPiece?
    // Of a long piece: the tokens before the cut, and of all before the last scalar.
    private var tokensToCut = 0
    private var tokensToLast = 0

    var isEmpty: Bool { count == 0 }

    /// Whether a second piece would begin right here.
    var endsAtCut: Bool { cut == count }

    /// Adds a scalar of `length` bytes.
    @inline(__always)
    mutating func push(_ scalar: UInt32, _ length: Int, _ tables: VocabularyTables) {
        last = scalar
        lastLength = length
        if !isLong, count &+ length <= Self.capacity {
            var rest = scalar
            for offset in 0..<length {
                bytes[count &+ offset] = UInt8(truncatingIfNeeded: rest)
                rest >>= 8
            }
            count &+= length
        } else {
            pushLong(scalar, length, tables)
        }
    }

    /// A second piece begins here.
    mutating func setCut(_ tables: VocabularyTables) {
        cut = count
        if isLong, let long {
            long.needTail()
            long.tail.reset()
            tokensToCut = long.whole.count
        }
    }

    /// It is all one piece.
    mutating func clearCut() { cut = 0 }

    /// Tokens of the open text as it stands.
    func tokens(_ tables: VocabularyTables) -> Int {
        if isLong, let long {
            return cut == 0 ? long.whole.count : tokensToCut &+ long.tail.count
        }
        return tokens(0..<cut, tables) &+ tokens(cut..<count, tables)
    }

    /// Counts all of it as it stands, and begins with nothing.
    mutating func takeAll(_ tables: VocabularyTables) -> Int {
        let tokens = tokens(tables)
        clear()
        return tokens
    }

    /// Counts what is before the cut, and goes on with what is behind it.
    mutating func takeToCut(_ tables: VocabularyTables) -> Int {
        if isLong, let long {
            let tokens = tokensToCut
            long.dropToCut()
            count &-= cut
            cut = 0
            return tokens
        }
        let tokens = tokens(0..<cut, tables)
        keep(from: cut)
        return tokens
    }

    /// Counts all but the last scalar, and goes on with that.
    mutating func takeToLast(_ tables: VocabularyTables) -> Int {
        let end = count &- lastLength
        var tokens = tokensToLast
        if !isLong {
            tokens =
                cut < end
                ? self.tokens(0..<cut, tables) &+ self.tokens(cut..<end, tables)
                : self.tokens(0..<end, tables)
        }
        let (scalar, length) = (last, lastLength)
        clear()
        push(scalar, length, tables)
        return tokens
    }

    private mutating func clear() {
        count = 0
        cut = 0
        isLong = false
    }

    private mutating func keep(from start: Int) {
        for offset in start..<count { bytes[offset &- start] = bytes[offset] }
        count &-= start
        cut = 0
    }

    /// Tokens of a piece in `bytes`.
    private func tokens(_ range: Range<Int>, _ tables: VocabularyTables) -> Int {
        guard !range.isEmpty else { return 0 }
        var tally = TokenTally()
        bytes.span.withUnsafeBufferPointer { text in
            guard let start = text.baseAddress else { return }
            PieceEncoder(tables: tables).encode(
                start + range.lowerBound, range.count, into: &tally)
        }
        return tally.count
    }
}

// Long pieces.
extension OpenPiece {
    /// Before a change: another counter's copy may hold the same long piece.
    mutating func makeUnique() {
        guard long != nil, !isKnownUniquelyReferenced(&long) else { return }
        long = isLong ? long?.copy() : nil
    }

    /// For a copy of this value that goes on alone.
    mutating func detach() { long = isLong ? long?.copy() : nil }

    private mutating func pushLong(_ scalar: UInt32, _ length: Int, _ tables: VocabularyTables) {
        if !isLong { becomeLong(tables) }
        guard let long else { return }
        tokensToLast = tokens(tables)
        var rest = scalar
        for _ in 0..<length {
            let byte = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
            long.whole.append(byte, tables)
            if cut > 0 { long.tail.append(byte, tables) }
        }
        count &+= length
    }

    private mutating func becomeLong(_ tables: VocabularyTables) {
        let piece = long ?? LongPiece(longest: tables.longest)
        long = piece
        piece.whole.reset()
        if cut > 0 {
            piece.needTail()
            piece.tail.reset()
        }
        for offset in 0..<count {
            piece.whole.append(bytes[offset], tables)
            if cut > 0, offset &+ 1 == cut { tokensToCut = piece.whole.count }
            if cut > 0, offset >= cut { piece.tail.append(bytes[offset], tables) }
        }
        isLong = true
    }
}
