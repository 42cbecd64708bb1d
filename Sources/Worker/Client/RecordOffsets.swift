/// Which bytes of an answer are in the first so many bytes of a TLS connection.
///
/// TLS cuts each write into records of at most 16 KiB (RFC 8446, 5.1), and only a whole record can be
/// read. Handshakes, tickets, key updates and alerts are records too, in front of the writes of a flush
/// or without any. The end of every record that has not been acknowledged is remembered, in plain bytes and
/// on the wire, and of these a bounded number: past that, neighbours are merged. An answer about the
/// midst of what was merged can be too small, by a record and the overhead of the others, never too large.
struct RecordOffsets: Sendable {
    private struct Mark {
        /// Ends of a record, counted from the connection's first byte.
        var plain: UInt64 = 0
        var wire: UInt64 = 0
        /// Plain bytes of the largest record since the mark before.
        var largest: UInt64 = 0
    }

    /// Marks kept for one connection at most: 24 bytes each.
    static let marksMax = 1024
    /// Below so many, nobody has to ask what was acknowledged.
    private static let marksFew = 64
    static let recordMax = 16 * 1024
    private static let headerSize = 5

    /// The last mark of those that are forgotten.
    private var base = Mark()
    private var marks: [Mark] = []
    /// From so many marks on it is worth asking again.
    private var marksMany = Self.marksFew
    /// Sizes of the writes that have not been seen encrypted; the first of them were flushed.
    private var writes: [Int] = []
    private var flushedWrites = 0
    private var plainSent: UInt64 = 0
    private var wireSent: UInt64 = 0
    private var isOpen = false

    /// There are many marks: to learn what was acknowledged may make them fewer.
    var isFull: Bool { marks.count >= marksMany }

    /// The handshake is over: from now on writes are encrypted as soon as they are flushed.
    mutating func open() { isOpen = true }

    /// So many plain bytes were given to the TLS handler in one write.
    mutating func wrote(_ bytes: Int) {
        if bytes > 0 { writes.append(bytes) }
    }

    /// What was written is now flushed.
    mutating func flushing() { flushedWrites = writes.count }

    /// The TLS handler sent these bytes: whole records, the flushed writes the last of them.
    mutating func sent(_ bytes: UnsafeRawBufferPointer) {
        let start = wireSent
        wireSent &+= UInt64(bytes.count)
        guard isOpen, flushedWrites > 0 else { return }
        let flushed = writes.prefix(flushedWrites)
        let expected = flushed.reduce(0) { $0 + ($1 + Self.recordMax - 1) / Self.recordMax }
        let records = Self.sizes(bytes)
        if let records, records.count >= expected,
            Self.fit(flushed, records.suffix(expected))
        {
            let other = records.dropLast(expected).reduce(0, +)
            enter(flushed, records.suffix(expected), from: start &+ UInt64(other))
        } else {
            // Cut as no TLS library does it: the writes are in here somewhere, if they fit at all.
            let plain = flushed.reduce(0, +)
            guard plain < bytes.count else { return }
            append(plain, wire: wireSent)
        }
        writes.removeFirst(flushedWrites)
        flushedWrites = 0
    }

    /// Sizes on the wire of the records that the bytes consist of; nil where they are no records.
    private static func sizes(_ bytes: UnsafeRawBufferPointer) -> [Int]? {
        var sizes: [Int] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.count >= headerSize else { return nil }
            let length = Int(rest[rest.startIndex + 3]) << 8 | Int(rest[rest.startIndex + 4])
            guard rest.count >= headerSize + length else { return nil }
            sizes.append(headerSize + length)
            rest = rest.dropFirst(headerSize + length)
        }
        return sizes
    }

    private static func pieces(_ write: Int) -> [Int] {
        stride(from: 0, to: write, by: recordMax).map { min(recordMax, write - $0) }
    }

    /// Whether the writes can be in these records.
    private static func fit(_ writes: ArraySlice<Int>, _ records: ArraySlice<Int>) -> Bool {
        var record = records.startIndex
        for write in writes {
            for piece in pieces(write) {
                guard piece + headerSize < records[record] else { return false }
                record += 1
            }
        }
        return true
    }

    private mutating func enter(
        _ writes: ArraySlice<Int>, _ records: ArraySlice<Int>, from start: UInt64
    ) {
        var wire = start
        var record = records.startIndex
        for write in writes {
            for piece in Self.pieces(write) {
                wire &+= UInt64(records[record])
                record += 1
                append(piece, wire: wire)
            }
        }
    }

    private mutating func append(_ plain: Int, wire: UInt64) {
        if marks.count >= Self.marksMax { merge() }
        plainSent &+= UInt64(plain)
        marks.append(Mark(plain: plainSent, wire: wire, largest: UInt64(plain)))
    }

    /// Plain bytes in the whole records among the first so many bytes of the connection.
    func plaintext(within wire: UInt64) -> UInt64 {
        if wire >= wireSent { return plainSent }
        var before = base
        for mark in marks {
            guard mark.wire > wire else {
                before = mark
                continue
            }
            // What is missing up to the mark holds at most as many plain bytes as it has bytes, and the
            // record that is cut at most as many as the largest has.
            let missing = mark.wire &- wire &+ mark.largest
            return max(before.plain, mark.plain &- min(mark.plain, missing))
        }
        return before.plain
    }

    /// Plain bytes in the whole records that went out, where so many bytes wait for the kernel.
    func plaintext(leaving buffered: Int) -> UInt64 {
        buffered == 0 ? plainSent : plaintext(within: sentWithout(buffered))
    }

    /// Nobody asks about the first so many bytes of the connection any more, but about more.
    mutating func forget(within wire: UInt64) {
        defer { marksMany = min(Self.marksMax, max(Self.marksFew, 2 &* marks.count)) }
        let done = marks.prefix { $0.wire <= wire }
        guard let last = done.last else { return }
        base = last
        marks.removeFirst(done.count)
    }

    /// The same for all but what waits for the kernel.
    mutating func forget(leaving buffered: Int) { forget(within: sentWithout(buffered)) }

    private func sentWithout(_ buffered: Int) -> UInt64 {
        wireSent &- min(wireSent, UInt64(buffered))
    }

    /// Leaves half of the marks at most, evenly over the bytes under way.
    private mutating func merge() {
        guard let last = marks.last else { return }
        let spacing = max(1, (last.wire &- base.wire) / UInt64(Self.marksMax / 4))
        var kept: [Mark] = []
        kept.reserveCapacity(Self.marksMax)
        var keptEnd = base.wire
        var largest: UInt64 = 0
        for (index, mark) in marks.enumerated() {
            largest = max(largest, mark.largest)
            let isLast = index &+ 1 == marks.count
            guard isLast || marks[index &+ 1].wire &- keptEnd >= spacing else { continue }
            kept.append(Mark(plain: mark.plain, wire: mark.wire, largest: largest))
            keptEnd = mark.wire
            largest = 0
        }
        marks = kept
    }
}
