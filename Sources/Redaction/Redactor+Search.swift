extension Redactor {
    /// Looks for the next secret. Gives whether there may be more to do with the bytes at hand.
    mutating func search(
        _ base: UnsafePointer<UInt8>, _ isFinal: Bool, _ sink: (UnsafeRawBufferPointer) -> Void,
        _ report: (Finding) -> Void
    ) -> Bool {
        let limit = isFinal ? count : count &- 3
        guard place < limit else { return false }
        let (index, triggers) = nextTrigger(base, from: place, to: limit)
        if let known, !known.isEmpty {
            switch findKnown(known, base, upTo: index, isFinal) {
            case .found(let match): return take(match, base, sink, report)
            case .none: break
            case .unknown(let next):
                place = next
                return false
            }
        }
        guard triggers != 0 else {
            place = limit
            return false
        }
        place = index
        var examiner = Examiner(
            window: window(base, at: index), place: index, settled: settled)
        let match = examiner.examine(triggers)
        if examiner.window.isShort, !isFinal {
            patience = min(
                index &+ Self.lookahead, count &+ max(16, (count &- index) / 2))
            return false
        }
        settled = examiner.settled
        guard let match else {
            place = index &+ 1
            return true
        }
        return take(match, base, sink, report)
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
        let first = tables.triggers
        let second = first + 256
        let third = first + 512
        let fourth = first + 768
        var index = start
        while index < limit {
            let bytes = base + index
            let triggers =
                first[Int(bytes[0])] & second[Int(bytes[1])] & third[Int(bytes[2])]
                & fourth[Int(bytes[3])]
            if triggers != 0 { return (index, triggers) }
            index = index &+ 1
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
