extension Redactor {
    /// Looks for the next secret. Gives whether there may be more to do with the bytes at hand.
    mutating func search(
        _ base: UnsafePointer<UInt8>, _ isFinal: Bool, _ sink: (UnsafeRawBufferPointer) -> Void,
        _ report: (Finding) -> Void
    ) -> Bool {
        let end = isFinal ? count : count &- 3
        let known = known.flatMap { $0.isEmpty ? nil : $0 }
        while true {
            let limit = min(end, pending?.start ?? end)
            if let pending, place >= pending.start {
                self.pending = nil
                // Unless something that began before it has taken it along.
                if pending.end >= place { return take(pending, base, sink, report) }
                continue
            }
            guard place < limit else { return false }
            let (index, triggers) = nextTrigger(base, from: place, to: limit)
            if let known {
                switch findKnown(known, base, upTo: index, isFinal) {
                case .found(let match): return take(match, base, sink, report)
                case .none: break
                case .unknown(let next):
                    place = next
                    return false
                }
            }
            place = index
            guard triggers != 0 else { continue }
            var examiner = Examiner(
                window: window(base, at: index), place: index, settled: settled, barren: barren)
            let match = examiner.examine(triggers)
            if examiner.window.isShort, !isFinal {
                patience = min(
                    index &+ Self.lookahead, count &+ max(16, (count &- index) / 2))
                return false
            }
            settled = examiner.settled
            barren = examiner.barren
            if let match {
                if match.start <= index { return take(match, base, sink, report) }
                if match.start < pending?.start ?? .max { pending = match }
            }
            place = index &+ 1
        }
    }

    func window(_ base: UnsafePointer<UInt8>, at index: Int) -> Window {
        Window(
            tables: tables, base: base, lower: max(floor, index &- Self.history), end: count,
            cap: index &+ Self.lookahead)
    }

    /// The next place where four bytes belong to some trigger, or `limit` and none.
    private func nextTrigger(
        _ base: UnsafePointer<UInt8>, from start: Int, to limit: Int
    ) -> (Int, UInt64) {
        let table = tables.triggers
        var index = start
        while index < limit {
            // Whole prefixes and names need not be looked at where nothing can come of them.
            let isBarren = index < barren
            let allowed = isBarren ? ~(Trigger.shapes | Trigger.names) : UInt64.max
            let stop = isBarren ? min(limit, barren) : limit
            // Four places at once, as far as all of them may be looked at.
            while index &+ 4 <= stop {
                let bytes = base + index
                let (b0, b1, b2) = (Int(bytes[0]), Int(bytes[1]), Int(bytes[2]))
                let (b3, b4, b5, b6) =
                    (Int(bytes[3]), Int(bytes[4]), Int(bytes[5]), Int(bytes[6]))
                let m0 = table[b0] & table[256 &+ b1] & table[512 &+ b2] & table[768 &+ b3]
                let m1 = table[b1] & table[256 &+ b2] & table[512 &+ b3] & table[768 &+ b4]
                let m2 = table[b2] & table[256 &+ b3] & table[512 &+ b4] & table[768 &+ b5]
                let m3 = table[b3] & table[256 &+ b4] & table[512 &+ b5] & table[768 &+ b6]
                if (m0 | m1 | m2 | m3) & allowed != 0 { break }
                index = index &+ 4
            }
            let end = min(stop, index &+ 4)
            while index < end {
                let bytes = base + index
                let triggers =
                    table[Int(bytes[0])] & table[256 &+ Int(bytes[1])]
                    & table[512 &+ Int(bytes[2])] & table[768 &+ Int(bytes[3])] & allowed
                if triggers != 0 {
                    let worth = tables.worthwhile(triggers, bytes)
                    if worth != 0 { return (index, worth) }
                }
                index = index &+ 1
            }
        }
        return (limit, 0)
    }

    /// Begins to take out what was found.
    private mutating func take(
        _ match: Match, _ base: UnsafePointer<UInt8>, _ sink: (UnsafeRawBufferPointer) -> Void,
        _ report: (Finding) -> Void
    ) -> Bool {
        let start = max(match.start, emitted)
        pass(upTo: start, base, sink)
        let end = max(match.end, start)
        open = OpenSecret(
            kind: match.kind, rest: match.rest, offset: passed &+ UInt64(start),
            hash: fingerprints.map { SipHash(key: $0.key) })
        swallow(upTo: end, base)
        if match.rest.mode == .nothing { close(sink, report) }
        return true
    }

    /// Takes bytes out up to a place.
    mutating func swallow(upTo end: Int, _ base: UnsafePointer<UInt8>) {
        if var hash = open?.hash {
            for index in emitted..<max(emitted, end) { hash.append(base[index]) }
            open?.hash = hash
        }
        place = max(place, end)
        emitted = max(emitted, end)
    }

    /// Passes bytes on up to a place.
    mutating func pass(
        upTo end: Int, _ base: UnsafePointer<UInt8>, _ sink: (UnsafeRawBufferPointer) -> Void
    ) {
        guard end > emitted else { return }
        sink(UnsafeRawBufferPointer(start: base + emitted, count: end &- emitted))
        emitted = end
    }

    /// Where the bytes begin that are held back: the word before the place that is decided next, as far
    /// as a secret may reach back.
    func held(_ base: UnsafePointer<UInt8>) -> Int {
        var start = place
        let lowest = max(place &- Self.reach, floor, 0)
        while start > lowest,
            ByteClass(rawValue: tables.classes[Int(base[start &- 1])]).contains(.held)
        {
            start = start &- 1
        }
        return start
    }

    /// Writes the marker of the secret that is being taken out.
    mutating func announce(_ sink: (UnsafeRawBufferPointer) -> Void) {
        guard let open, !open.isAnnounced else { return }
        self.open?.isAnnounced = true
        let text = open.kind.opening
        sink(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        guard let hash = open.hash else {
            let closing: StaticString = "]"
            sink(UnsafeRawBufferPointer(start: closing.utf8Start, count: 1))
            return
        }
        let value = hash.finalized()
        var digits: InlineArray<10, UInt8> = [
            0x3A, 0, 0, 0, 0, 0, 0, 0, 0, 0x5D,
        ]
        for index in 0..<8 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 &- 4 &* index) & 15)
            digits[index &+ 1] = digit < 10 ? 0x30 &+ digit : 0x57 &+ digit
        }
        withUnsafeBytes(of: digits) { sink($0) }
    }

    /// Ends the secret that is being taken out.
    mutating func close(
        _ sink: (UnsafeRawBufferPointer) -> Void, _ report: (Finding) -> Void
    ) {
        announce(sink)
        guard let open else { return }
        let end = passed &+ UInt64(emitted)
        report(
            Finding(
                kind: open.kind, offset: open.offset, length: end &- min(open.offset, end)))
        floor = emitted
        self.open = nil
        nextKnown = -1
    }
}
