/// NFKC by the tables of a vocabulary file: what a scalar decomposes to, in which order marks stand, and
/// what composes. Hangul is computed (Unicode Standard, section 3.12).
struct NormalizationTables {
    /// Sorted: scalar 21 bits, number of parts 11, place of the first part 32.
    let decompositions: UnsafeBufferPointer<UInt64>
    let parts: UnsafeBufferPointer<UInt32>
    /// Sorted by the scalar: scalar 24 bits, combining class 8.
    let classes: UnsafeBufferPointer<UInt32>
    /// Sorted: first 22 bits, second 21, what they compose to 21.
    let pairs: UnsafeBufferPointer<UInt64>

    private static let hangul: UInt32 = 0xAC00
    private static let leading: UInt32 = 0x1100
    private static let vowel: UInt32 = 0x1161
    private static let trailing: UInt32 = 0x11A7

    /// Appends what a scalar decomposes to, all the way.
    func decompose(_ scalar: UInt32, into scalars: inout [UInt32]) {
        if scalar &- Self.hangul < 11172 {
            let index = scalar &- Self.hangul
            scalars.append(Self.leading &+ index / 588)
            scalars.append(Self.vowel &+ index % 588 / 28)
            if index % 28 != 0 { scalars.append(Self.trailing &+ index % 28) }
            return
        }
        let place = Self.firstPlace(in: decompositions.count) {
            UInt32(truncatingIfNeeded: decompositions[$0] & 0x1FFFFF) >= scalar
        }
        guard place < decompositions.count else { return scalars.append(scalar) }
        let entry = decompositions[place]
        guard entry & 0x1FFFFF == UInt64(scalar) else { return scalars.append(scalar) }
        let start = Int(entry >> 32)
        let count = Int(entry >> 21 & 0x7FF)
        guard start &+ count <= parts.count else { return scalars.append(scalar) }
        for offset in start..<(start &+ count) { scalars.append(parts[offset]) }
    }

    /// The canonical combining class.
    func combiningClass(_ scalar: UInt32) -> UInt8 {
        if scalar < 0x300 { return 0 }
        let place = Self.firstPlace(in: classes.count) { classes[$0] & 0xFFFFFF >= scalar }
        guard place < classes.count, classes[place] & 0xFFFFFF == scalar else { return 0 }
        return UInt8(truncatingIfNeeded: classes[place] >> 24)
    }

    /// What two scalars compose to; nil where they do not.
    func composed(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if first &- Self.leading < 19, second &- Self.vowel < 21 {
            let index = (first &- Self.leading) &* 21 &+ (second &- Self.vowel)
            return Self.hangul &+ index &* 28
        }
        let syllable = first &- Self.hangul
        if syllable < 11172, syllable % 28 == 0, second > Self.trailing,
            second < Self.trailing &+ 28
        {
            return first &+ (second &- Self.trailing)
        }
        let key = UInt64(first) << 21 | UInt64(second)
        let place = Self.firstPlace(in: pairs.count) { pairs[$0] >> 21 >= key }
        guard place < pairs.count, pairs[place] >> 21 == key else { return nil }
        return UInt32(truncatingIfNeeded: pairs[place] & 0x1FFFFF)
    }

    /// Whether the scalar stays as it is whatever follows: it has no parts that marks could come between,
    /// and begins no composition.
    func isFinal(_ scalar: UInt32) -> Bool {
        if scalar &- Self.leading < 19 { return false }
        if scalar &- Self.hangul < 11172 { return (scalar &- Self.hangul) % 28 != 0 }
        let pair = Self.firstPlace(in: pairs.count) { pairs[$0] >> 42 >= UInt64(scalar) }
        if pair < pairs.count, pairs[pair] >> 42 == UInt64(scalar) { return false }
        let place = Self.firstPlace(in: decompositions.count) {
            decompositions[$0] & 0x1FFFFF >= UInt64(scalar)
        }
        return place == decompositions.count
            || decompositions[place] & 0x1FFFFF != UInt64(scalar)
    }

    /// The first place of a sorted table for which a condition holds from there on.
    @inline(__always)
    private static func firstPlace(in count: Int, where isThere: (Int) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) >> 1
            if isThere(middle) { high = middle } else { low = middle &+ 1 }
        }
        return low
    }
}
