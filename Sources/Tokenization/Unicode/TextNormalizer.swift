/// NFKC (Unicode Standard Annex 15) of text that is well-formed UTF-8.
///
/// A scalar begins a segment unless it may join what is before it. Segments are normalised on their own;
/// one of more than `segmentMax` scalars, which no writing has, is cut there. That bounds what a stream
/// has to hold, and the result is the same for whole texts.
struct TextNormalizer {
    /// Scalars of a segment.
    static let segmentMax = 1024

    let tables: VocabularyTables
    let rules: NormalizationTables

    /// The text in NFKC; nil where it is that already.
    func normalized(_ text: UnsafePointer<UInt8>, _ count: Int) -> [UInt8]? {
        var place = firstChange(text, count)
        guard place < count else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(count &+ count / 4)
        var copied = 0
        var segment: [UInt32] = []
        var start = 0
        // From the start of the segment that the change is in.
        while place < count {
            start = segmentStart(text, before: place, from: copied)
            out.append(contentsOf: UnsafeBufferPointer(start: text + copied, count: start - copied))
            var end = start
            segment.removeAll(keepingCapacity: true)
            while end < count, segment.count < Self.segmentMax {
                let (scalar, length) = UTF8Decoding.scalar(text, end)
                if end > start, !tables.scalarClass(scalar).has(.joins) { break }
                segment.append(scalar)
                end &+= length
            }
            for scalar in normalized(segment) { TextRepair.appendUTF8(scalar, to: &out) }
            copied = end
            place = end &+ firstChange(text + end, count &- end)
        }
        out.append(contentsOf: UnsafeBufferPointer(start: text + copied, count: count - copied))
        return out
    }

    /// Where the first scalar is that changes, or may join the one before; the end where there is none.
    private func firstChange(_ text: UnsafePointer<UInt8>, _ count: Int) -> Int {
        var place = 0
        while place < count {
            if text[place] < 0x80 {
                place &+= 1
                continue
            }
            let (scalar, length) = UTF8Decoding.scalar(text, place)
            if tables.scalarClass(scalar).has([.changes, .joins]) { return place }
            place &+= length
        }
        return count
    }

    /// The start of the segment of a change: the change itself, or the scalar that it joins.
    private func segmentStart(
        _ text: UnsafePointer<UInt8>, before place: Int, from first: Int
    ) -> Int {
        let (scalar, _) = UTF8Decoding.scalar(text, place)
        guard tables.scalarClass(scalar).has(.joins), place > first else { return place }
        var start = place &- 1
        while start > first, text[start] & 0xC0 == 0x80 { start &-= 1 }
        return start
    }

    /// NFKC of one segment.
    func normalized(_ segment: [UInt32]) -> [UInt32] {
        var scalars: [UInt32] = []
        scalars.reserveCapacity(segment.count &+ 8)
        for scalar in segment { rules.decompose(scalar, into: &scalars) }
        var classes = scalars.map(rules.combiningClass)
        order(&scalars, &classes)
        compose(&scalars, &classes)
        return scalars
    }

    /// Canonical order: marks between two starters by class, else as they stood.
    private func order(_ scalars: inout [UInt32], _ classes: inout [UInt8]) {
        var start = 0
        while start < scalars.count {
            var end = start
            var isSorted = true
            while end < scalars.count, classes[end] != 0 {
                if end > start, classes[end] < classes[end &- 1] { isSorted = false }
                end &+= 1
            }
            if !isSorted {
                let order = (start..<end).sorted { (classes[$0], $0) < (classes[$1], $1) }
                let sorted = order.map { (scalars[$0], classes[$0]) }
                for (offset, item) in sorted.enumerated() {
                    (scalars[start &+ offset], classes[start &+ offset]) = item
                }
            }
            start = end &+ 1
        }
    }

    /// Canonical composition, in place.
    private func compose(_ scalars: inout [UInt32], _ classes: inout [UInt8]) {
        var starter = -1
        var kept = 0
        for index in scalars.indices {
            let scalar = scalars[index]
            let mark = classes[index]
            let isAdjacent = kept == starter &+ 1
            if starter >= 0, isAdjacent || classes[kept &- 1] < mark,
                let composed = rules.composed(scalars[starter], scalar)
            {
                scalars[starter] = composed
                continue
            }
            if mark == 0 { starter = kept }
            scalars[kept] = scalar
            classes[kept] = mark
            kept &+= 1
        }
        scalars.removeLast(scalars.count &- kept)
    }
}
