/// One bit for each level of a document, which may have at most 575.
struct BitStack {
    static let capacity = 576
    private var words = InlineArray<9, UInt64>(repeating: 0)

    /// The bit of a level; false, and not set, for levels out of range.
    subscript(level: Int) -> Bool {
        get {
            guard level >= 0, level < Self.capacity else { return false }
            return words[level >> 6] >> UInt64(truncatingIfNeeded: level & 63) & 1 == 1
        }
        set {
            guard level >= 0, level < Self.capacity else { return }
            let bit = UInt64(1) << UInt64(truncatingIfNeeded: level & 63)
            if newValue { words[level >> 6] |= bit } else { words[level >> 6] &= ~bit }
        }
    }
}
