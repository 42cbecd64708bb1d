import WireFormat

/// What one read of an answer holds, as the scanner finds it. Its arrays are used again for every read
/// of every stream of a loop, so that looking at a read allocates nothing.
struct ReadObserver: AnswerVisitor {
    /// One clean boundary in a read.
    struct Mark {
        /// Just behind the event, in the read.
        let offset: Int
        /// Just behind the event, in the payload that is open: what was held back, then the read's.
        let position: Int
        let kind: EventKind
        /// Tokens of the answer up to here.
        let tokens: UInt64
    }

    /// The answer's count; put in for the time of a read.
    var tally = ContentTally(encoding: nil)
    private(set) var marks: [Mark] = []
    /// The payload's pieces in the read.
    private(set) var ranges: [Range<Int>] = []
    /// Bytes of payload: held back before, and in `ranges`.
    private(set) var payloadSize = 0
    private var rangeStart = 0
    private var positionStart = 0

    /// Before a read.
    mutating func begin(held: Int) {
        marks.removeAll(keepingCapacity: true)
        ranges.removeAll(keepingCapacity: true)
        payloadSize = held
    }

    /// Before the scan of a piece.
    mutating func enter(_ range: Range<Int>) {
        ranges.append(range)
        rangeStart = range.lowerBound
        positionStart = payloadSize
        payloadSize &+= range.count
    }

    mutating func content(_ channel: AnswerChannel, _ utf8: UnsafeRawBufferPointer) {
        tally.add(channel, utf8)
    }

    mutating func event(endingAt offset: Int, kind: EventKind) {
        tally.settle()
        marks.append(
            Mark(
                offset: rangeStart &+ offset, position: positionStart &+ offset, kind: kind,
                tokens: tally.tokens))
    }
}
