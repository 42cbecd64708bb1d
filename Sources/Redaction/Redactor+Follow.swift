extension Redactor {
    /// Takes out what belongs to the secret that was found. Gives whether there may be more to do with
    /// the bytes at hand.
    mutating func follow(
        _ base: UnsafePointer<UInt8>, _ isFinal: Bool, _ sink: (UnsafeRawBufferPointer) -> Void,
        _ report: (Finding) -> Void
    ) -> Bool {
        guard var rest = open?.rest else { return false }
        while true {
            if rest.mode == .known {
                guard place < count else {
                    if isFinal { rest.mode = .run }
                    open?.rest = rest
                    return false
                }
                let piece = base + (place &- KnownSecrets.windowLength &+ 1)
                if let known, known.mayContain(piece),
                    known.contains(piece, count: KnownSecrets.windowLength)
                {
                    swallow(upTo: place &+ 1, base)
                } else {
                    rest.mode = .run
                }
                continue
            }
            if rest.mode == .run { skipPlain(base, rest.alphabet) }
            var follower = Follower(window: window(base, at: place), rest: rest)
            let end = follower.step(from: place)
            if follower.window.isShort, !isFinal {
                open?.rest = rest
                patience = min(place &+ Self.lookahead, count &+ max(1, (count &- place) / 2))
                return false
            }
            guard let end else {
                close(sink, report)
                return true
            }
            if end == place {
                // The end of everything that is there.
                open?.rest = rest
                return false
            }
            rest = follower.rest
            swallow(upTo: end, base)
        }
    }

    /// Takes out characters of a run that stand for themselves, as fast as can be.
    private mutating func skipPlain(_ base: UnsafePointer<UInt8>, _ alphabet: ByteClass) {
        var index = place
        while index < count {
            let byte = base[index]
            let classes = tables.classes[Int(byte)]
            guard classes & alphabet.rawValue != 0, byte != 0x2E,
                classes & ByteClass.special.rawValue == 0
            else { break }
            index = index &+ 1
        }
        swallow(upTo: index, base)
    }
}
