/// The encoding of a text that grows byte by byte: the number of tokens is known after each.
///
/// After every byte exactly one token can be the last: one that ends there and can follow the last token
/// of the text before it. So it is enough to know, for each place that a token can begin at, the last
/// token and the count there: `longest` places back, in a ring. Walks through the trie, one for each place
/// at which a token that goes on may have begun, find the tokens that end. Memory is bounded by the longest
/// token of the vocabulary, whatever the length of the text.
struct Lane {
    private struct Entry {
        var last: UInt32
        var count: UInt32
    }

    private struct Walk {
        var start: UInt32
        var base: UInt32
        /// The token that ended with the last byte; `none` where none did.
        var token: UInt32
    }

    private let ring: UnsafeMutablePointer<Entry>
    private let walks: UnsafeMutablePointer<Walk>
    private let mask: Int
    private let longest: Int
    private var position = 0
    private var walkCount = 0
    /// Where the last token begins.
    private var lastStart: UInt32 = 0

    /// Places that can be written and taken back with `restore`: the ring has more than it needs.
    var margin: Int { mask &- longest }

    /// Room for texts of a vocabulary. Whoever makes a lane frees it.
    init(longest: Int) {
        self.longest = longest
        var size = 256
        while size < longest + 128 { size *= 2 }
        mask = size - 1
        ring = .allocate(capacity: size)
        ring.initialize(repeating: Entry(last: 0, count: 0), count: size)
        // The walks, and as many to save them in.
        walks = .allocate(capacity: 2 * longest + 2)
        walks.initialize(repeating: Walk(start: 0, base: 0, token: 0), count: 2 * longest + 2)
    }

    func free() {
        ring.deallocate()
        walks.deallocate()
    }

    /// Takes over what another lane of the same vocabulary has.
    mutating func copy(_ other: Lane) {
        ring.update(from: other.ring, count: mask &+ 1)
        walks.update(from: other.walks, count: other.walkCount)
        position = other.position
        walkCount = other.walkCount
        lastStart = other.lastStart
    }

    /// Bytes so far.
    var length: Int { position }

    /// Tokens so far.
    var count: Int { position == 0 ? 0 : Int(ring[position & mask].count) }

    /// Begins with nothing again.
    mutating func reset() {
        position = 0
        walkCount = 0
        lastStart = 0
    }

    /// Keeps the walks, so that this value can be put back after up to `margin` further bytes.
    func save() { (walks + (longest + 1)).update(from: walks, count: walkCount) }

    /// Puts back the walks of this value, which was copied at `save`.
    func restore() { walks.update(from: walks + (longest + 1), count: walkCount) }

    /// Takes the next byte.
    mutating func append(_ byte: UInt8, _ tables: VocabularyTables) {
        // At most `longest` walks go on, since none outlives the longest token; so one more has room.
        walks[walkCount] = Walk(
            start: UInt32(truncatingIfNeeded: position),
            base: UInt32(truncatingIfNeeded: tables.rootBase), token: 0)
        var kept = 0
        var entry = Entry(last: VocabularyTables.none, count: 0)
        // Only one token can be the last, so they may be tried in any order. First the one that goes on
        // with the last token: in a run of one character all the others would be tried in vain.
        for index in 0...walkCount {
            let walk = walks[index]
            guard let unit = tables.child(of: UInt64(walk.base), byte) else { continue }
            let token = VocabularyTables.token(unit)
            if walk.start == lastStart, token != VocabularyTables.none {
                place(token, from: walk.start, tables, &entry)
            }
            walks[kept] = Walk(
                start: walk.start, base: UInt32(truncatingIfNeeded: VocabularyTables.base(unit)),
                token: token)
            kept &+= 1
        }
        // Then the longest.
        var index = 0
        while entry.last == VocabularyTables.none, index < kept {
            let walk = walks[index]
            if walk.token != VocabularyTables.none, walk.start != lastStart {
                place(walk.token, from: walk.start, tables, &entry)
                if entry.last != VocabularyTables.none { lastStart = walk.start }
            }
            index &+= 1
        }
        walkCount = kept
        position &+= 1
        ring[position & mask] = entry
    }

    /// Makes an entry of a token if it can follow what is before its start.
    @inline(__always)
    private func place(
        _ token: UInt32, from start: UInt32, _ tables: VocabularyTables, _ entry: inout Entry
    ) {
        let before = ring[Int(truncatingIfNeeded: start) & mask]
        if start == 0 {
            entry = Entry(last: token, count: 1)
        } else if tables.canFollow(before.last, token) {
            entry = Entry(last: token, count: before.count &+ 1)
        }
    }
}
