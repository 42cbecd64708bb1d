/// Which events of an answer have left this process, and which the client's kernel has acknowledged.
///
/// Positions are bytes of the answer's body as the client gets it, chunked framing included. An event
/// counts when its last byte is within what was written (or acknowledged). Only the events in between
/// are remembered, and of them a bounded number: past that, neighbours are merged into the later one,
/// so that a count can be too small by what was merged (a 256th part of what was under way), never too
/// large. The bound is far above the events that a client with a small receive buffer leaves under
/// way: for one that has read all that its kernel has, the count must not lack what it read.
struct DeliveryLedger: Sendable {
    private struct Mark {
        let end: UInt64
        let events: UInt64
        let tokens: UInt64
    }

    /// Marks kept for one stream at most: 24 bytes each.
    static let marksMax = 1024
    /// Below so many, nobody has to ask what was acknowledged.
    private static let marksFew = 64
    private var marks: [Mark] = []
    /// From so many marks on it is worth asking again.
    private var marksMany = Self.marksFew
    /// Marks nearer than this to the one before are merged into one, bytes.
    private var spacing: UInt64 = 0
    /// Marks at the front of `marks` that were flushed and wait for their acknowledgement.
    private var flushedMarks = 0

    /// Bytes of the body that were handed to the channel.
    private(set) var bytesWritten: UInt64 = 0
    /// Bytes of the body that the kernel took.
    private(set) var bytesFlushed: UInt64 = 0
    private(set) var eventsFlushed: UInt64 = 0
    private(set) var tokensFlushed: UInt64 = 0
    private(set) var bytesAcknowledged: UInt64 = 0
    private(set) var tokensAcknowledged: UInt64 = 0
    private var eventsWritten: UInt64 = 0
    /// Just behind the event that ended the answer; as long as there is none, behind the last event.
    private(set) var answerEnd: UInt64 = 0
    private var hasTerminal = false

    /// There are many marks: to learn what was acknowledged may make them fewer.
    var isFull: Bool { marks.count >= marksMany }

    /// An event ends so many bytes behind `bytesWritten`, with so many tokens in the answer up to it.
    ///
    /// - Parameter isTerminal: the answer is over with it, whatever may follow.
    mutating func markEvent(offset: Int, tokens: UInt64, isTerminal: Bool = false) {
        guard StreamAccounts.areKept else { return }
        if marks.count >= Self.marksMax { merge() }
        eventsWritten &+= 1
        let mark = Mark(
            end: bytesWritten &+ UInt64(offset), events: eventsWritten, tokens: tokens)
        if !hasTerminal { answerEnd = mark.end }
        hasTerminal = hasTerminal || isTerminal
        let last = marks.count &- 1
        if spacing > 0, last > flushedMarks, mark.end &- marks[last &- 1].end < spacing {
            marks[last] = mark
        } else {
            marks.append(mark)
        }
    }

    /// So many bytes went into the channel; the events in them were marked before.
    mutating func wrote(_ bytes: Int) { bytesWritten &+= UInt64(bytes) }

    /// Of everything written, so many bytes are still in the channel.
    mutating func flushed(leaving buffered: Int, keepsUnacknowledged: Bool) {
        let flushed = bytesWritten &- min(bytesWritten, UInt64(buffered))
        guard flushed > bytesFlushed else { return }
        bytesFlushed = flushed
        while flushedMarks < marks.count, marks[flushedMarks].end <= flushed {
            eventsFlushed = marks[flushedMarks].events
            tokensFlushed = marks[flushedMarks].tokens
            flushedMarks &+= 1
        }
        if !keepsUnacknowledged { forget(flushedMarks) }
    }

    /// The client's kernel has so many bytes of the body.
    mutating func acknowledged(_ bytes: UInt64) {
        let bytes = min(bytes, bytesWritten)
        // What was acknowledged was flushed, even where nobody saw the flush.
        flushed(leaving: Int(bytesWritten &- bytes), keepsUnacknowledged: true)
        defer { marksMany = min(Self.marksMax, max(Self.marksFew, 2 &* marks.count)) }
        guard bytes > bytesAcknowledged else { return }
        bytesAcknowledged = bytes
        var done = 0
        while done < flushedMarks, marks[done].end <= bytes {
            tokensAcknowledged = marks[done].tokens
            done &+= 1
        }
        forget(done)
    }

    private mutating func forget(_ count: Int) {
        marks.removeFirst(count)
        flushedMarks &-= count
        if marks.count < Self.marksMax / 4 { spacing = 0 }
    }

    /// Thins the marks out to half of what there is room for at most, evenly over the bytes under way.
    private mutating func merge() {
        guard let last = marks.last else { return }
        // Always measured from what was acknowledged: else the first mark would creep on with each time.
        var keptEnd = bytesAcknowledged
        spacing = max(1, (last.end &- keptEnd) / UInt64(Self.marksMax / 4))
        var kept = 0
        var keptFlushed = 0
        for index in marks.indices {
            // The last flushed mark stays: no mark stands for events on both sides of it.
            let isNeeded = index &+ 1 == flushedMarks || index &+ 1 == marks.count
            guard isNeeded || marks[index &+ 1].end &- keptEnd >= spacing else { continue }
            keptEnd = marks[index].end
            marks[kept] = marks[index]
            kept &+= 1
            if index < flushedMarks { keptFlushed = kept }
        }
        marks.removeLast(marks.count &- kept)
        flushedMarks = keptFlushed
    }
}
