/// Counts the tokens of one text that arrives in fragments, exactly: after each fragment `count` is what
/// `Encoding.count` gives for all bytes so far.
///
/// Each byte costs the same on average, whatever the text and however it is cut. What is open at the end
/// of the text is kept in the value itself, up to 64 bytes; a longer piece (a run of letters without a
/// space, say) needs a block of memory that is bounded by the vocabulary's longest token, 5 to 41 kB, which is
/// made once and then kept. Claude's normalisation holds back the last scalar with the marks that follow it,
/// at most `TextNormalizer.segmentMax`.
///
/// Bytes that end within a UTF-8 sequence, or behind the first half of a surrogate pair, count as U+FFFD until
/// the rest follows.
public struct IncrementalCounter: TokenCounter {
    private let file: VocabularyFile
    private var stream = ScalarStream()
    private var machine: PieceMachine
    private var hold = NormalizationHold()
    /// Tokens of everything appended so far.
    public private(set) var count: UInt64 = 0

    /// Nothing counted yet.
    public init(_ encoding: Encoding) {
        file = encoding.file
        machine = PieceMachine(encoding.name)
    }

    /// Adds the next bytes of the text; they may end within a UTF-8 sequence.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        let tables = file.tables
        machine.open.makeUnique()
        var stream = stream
        if machine.name == .claude {
            let normalizer = TextNormalizer(tables: tables, rules: file.normalization)
            var hold = hold
            self.hold = NormalizationHold()
            for byte in bytes {
                stream.take(byte) { scalar in
                    hold.take(scalar, normalizer) { machine.take($0, tables) }
                }
            }
            hold.settle(normalizer) { machine.take($0, tables) }
            self.hold = hold
        } else {
            for byte in bytes { stream.take(byte) { machine.take($0, tables) } }
        }
        self.stream = stream
        if stream.pending == 0, hold.isEmpty {
            count = machine.count(tables)
        } else {
            count = countWithPending(tables)
        }
    }

    /// The count if the text ended here, with what is held back.
    private func countWithPending(_ tables: VocabularyTables) -> UInt64 {
        var ahead = machine
        let long = machine.open.isLong ? machine.open.long : nil
        var saved: (whole: Lane, tail: Lane)?
        if let long {
            // A few bytes ahead can be taken back; for more the copy gets its own lanes.
            if hold.byteBound &+ 8 <= OpenPiece.capacity {
                saved = (long.whole, long.tail)
                long.whole.save()
                if long.hasTail { long.tail.save() }
            } else {
                ahead.open.detach()
            }
        }
        var stream = stream
        if machine.name == .claude {
            let normalizer = TextNormalizer(tables: tables, rules: file.normalization)
            var hold = hold
            stream.finish { scalar in
                hold.take(scalar, normalizer) { ahead.take($0, tables) }
            }
            hold.finish(normalizer) { ahead.take($0, tables) }
        } else {
            stream.finish { ahead.take($0, tables) }
        }
        let count = ahead.count(tables)
        if let long, let saved {
            (long.whole, long.tail) = saved
            long.whole.restore()
            if long.hasTail { long.tail.restore() }
        }
        return count
    }
}
