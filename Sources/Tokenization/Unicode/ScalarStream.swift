/// Scalars from bytes that arrive in fragments; holds what a cut left incomplete.
struct ScalarStream {
    private var repair = TextRepair()
    /// A high surrogate whose other half may follow; 0: none.
    private var high: UInt32 = 0

    /// Takes a byte and calls the closure with each scalar that is complete now.
    @inline(__always)
    mutating func take(_ byte: UInt8, _ body: (UInt32) -> Void) {
        if byte < 0x80, !isWithin { return body(UInt32(byte)) }
        while true {
            switch repair.take(byte) {
            case .more: return
            case .scalar(let scalar): return found(scalar, body)
            // The byte begins something new.
            case .broken: found(TextRepair.replacement, body)
            }
        }
    }

    /// What waits for more; U+FFFD once for each half that there is when nothing follows.
    var pending: Int { (high != 0 ? 1 : 0) &+ (repair.isWithin ? 1 : 0) }

    /// Calls the closure for what waits in vain.
    mutating func finish(_ body: (UInt32) -> Void) {
        for _ in 0..<pending { body(TextRepair.replacement) }
        self = ScalarStream()
    }

    private var isWithin: Bool { repair.isWithin || high != 0 }

    private mutating func found(_ scalar: UInt32, _ body: (UInt32) -> Void) {
        if high != 0 {
            let first = high
            high = 0
            if TextRepair.isLowSurrogate(scalar) {
                return body(TextRepair.joined(first, scalar))
            }
            body(TextRepair.replacement)
        }
        if TextRepair.isHighSurrogate(scalar) {
            high = scalar
        } else {
            body(TextRepair.isLowSurrogate(scalar) ? TextRepair.replacement : scalar)
        }
    }
}
