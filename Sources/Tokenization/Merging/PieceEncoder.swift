/// Byte-pair encoding of one piece of text, in time linear in its length.
///
/// Not by merging: a piece that is a token is that token, and most are. In any other, every prefix of an
/// encoding is the encoding of its bytes, and a row of tokens is an encoding exactly if each pair of
/// neighbours can stand together (`VocabularyTables.canFollow`). So tokens are laid from the left, the
/// longest first; where none can follow, the last one laid is replaced by a shorter one. An end at
/// which nothing could follow is noted and never tried again, which makes it linear.
struct PieceEncoder {
    let tables: VocabularyTables

    /// Encodes a piece that is not empty.
    @inline(__always)
    func encode<Sink: TokenSink>(
        _ text: UnsafePointer<UInt8>, _ count: Int, into sink: inout Sink
    ) {
        var base = tables.rootBase
        var token = VocabularyTables.none
        var place = 0
        while place < count, let unit = tables.child(of: base, text[place]) {
            place &+= 1
            let found = VocabularyTables.token(unit)
            if found != VocabularyTables.none { token = found }
            base = VocabularyTables.base(unit)
        }
        if tables.length(token) == count { return sink.append(token) }
        lay(text, count, first: token, into: &sink)
    }

    /// The longest token at the start of a text that is not empty.
    @inline(__always)
    private func longest(_ text: UnsafePointer<UInt8>, _ count: Int) -> UInt32 {
        var base = tables.rootBase
        var token = VocabularyTables.none
        var place = 0
        while place < count, let unit = tables.child(of: base, text[place]) {
            place &+= 1
            let found = VocabularyTables.token(unit)
            if found != VocabularyTables.none { token = found }
            base = VocabularyTables.base(unit)
        }
        return token
    }

    @inline(never)
    private func lay<Sink: TokenSink>(
        _ text: UnsafePointer<UInt8>, _ count: Int, first: UInt32, into sink: inout Sink
    ) {
        let words = count >> 6 &+ 1
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: words) { open in
            open.initialize(repeating: UInt64.max)
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { laid in
                guard let start = laid.baseAddress, let bits = open.baseAddress else { return }
                let number = lay(text, count, first: first, on: start, open: bits)
                sink.append(UnsafeBufferPointer(start: start, count: number))
            }
        }
    }

    /// Lays the tokens; returns their number. `laid` has room for a token a byte, `open` a bit for
    /// each end of a token.
    private func lay(
        _ text: UnsafePointer<UInt8>, _ count: Int, first: UInt32,
        on laid: UnsafeMutablePointer<UInt32>, open: UnsafeMutablePointer<UInt64>
    ) -> Int {
        var number = 0
        var place = 0
        var token = first
        while true {
            let end = place &+ tables.length(token)
            let isOpen = open[end >> 6] >> UInt64(truncatingIfNeeded: end & 63) & 1 != 0
            if isOpen, number == 0 || tables.canFollow(laid[number &- 1], token) {
                laid[number] = token
                number &+= 1
                place = end
                if place == count { return number }
                token = longest(text + place, count &- place)
                continue
            }
            token = tables.shorter(token)
            if token == VocabularyTables.none {
                // Nothing follows the token before; a text has an encoding, so there is one before.
                open[place >> 6] &= ~(1 << UInt64(truncatingIfNeeded: place & 63))
                guard number > 0 else { return 0 }
                number &-= 1
                let last = laid[number]
                place &-= tables.length(last)
                // Its end is closed now, so the next turn goes on to a shorter one.
                token = last
            }
        }
    }
}
