/// What a run of characters looks like: the grounds for taking it for random.
struct RunStatistics {
    private(set) var count = 0
    private(set) var digits = 0
    private(set) var uppers = 0
    private(set) var lowers = 0
    /// Hexadecimal digits, without capitals.
    private(set) var smallHex = 0
    private(set) var hyphens = 0
    /// Neither letter nor digit nor `-` nor `_`.
    private(set) var marks = 0
    private(set) var stars = 0
    /// A letter next to a digit.
    private(set) var joints = 0
    /// A capital behind a small letter.
    private(set) var turns = 0
    /// The longest run of letters and digits that has both.
    private(set) var longestMixed = 0
    /// The longest run of letters and digits.
    private(set) var longest = 0
    private var segment = 0
    private var segmentDigits = 0
    private var last: ByteClass = []
    private var seen: (UInt64, UInt64) = (0, 0)

    @inline(__always)
    mutating func add(_ character: Int, _ classes: ByteClass) {
        count &+= 1
        if character < 64 {
            seen.0 |= 1 << UInt64(truncatingIfNeeded: character & 63)
        } else {
            seen.1 |= 1 << UInt64(truncatingIfNeeded: character & 63)
        }
        if classes.contains(.digit) {
            digits &+= 1
            smallHex &+= 1
            if last.contains(.upper) || last.contains(.lower) { joints &+= 1 }
        } else if classes.contains(.lower) {
            lowers &+= 1
            if classes.contains(.hex) { smallHex &+= 1 }
            if last.contains(.digit) { joints &+= 1 }
        } else if classes.contains(.upper) {
            uppers &+= 1
            if last.contains(.digit) { joints &+= 1 } else if last.contains(.lower) { turns &+= 1 }
        } else {
            other(character)
        }
        if classes.rawValue & ByteClass.alphanumeric.rawValue != 0 {
            segment &+= 1
            if segment > longest { longest = segment }
            if classes.contains(.digit) { segmentDigits &+= 1 }
            if segmentDigits > 0, segmentDigits < segment, segment > longestMixed {
                longestMixed = segment
            }
        }
        last = classes
    }

    private mutating func other(_ character: Int) {
        segment = 0
        segmentDigits = 0
        switch character {
        case 0x2D: hyphens &+= 1
        case 0x5F: break
        case 0x2A: stars &+= 1
        default: marks &+= 1
        }
    }

    var letters: Int { uppers &+ lowers }
    /// How many different characters there are.
    var distinct: Int { seen.0.nonzeroBitCount &+ seen.1.nonzeroBitCount }

    /// Digits beside letters, or both cases in no order of words.
    var isMixed: Bool {
        guard distinct >= min(4, count) else { return false }
        if digits > 0, letters > 0, joints > 0 { return true }
        if digits >= 10 { return true }
        return uppers > 1 && lowers > 1 && turns >= 1 && hasUnevenCase
    }

    /// What random characters show and words with numbers do not.
    var isRandom: Bool {
        guard distinct >= min(7, count) else { return false }
        if joints >= 2, longestMixed >= 8 { return true }
        if joints >= 3, longestMixed >= 5 { return true }
        return turns >= 3 && count >= 16 && hasUnevenCase
    }

    /// More capitals than words have that begin with one.
    private var hasUnevenCase: Bool { uppers &* 4 >= letters && turns &* 4 < uppers &* 3 &+ 4 }

    /// Every character is one of a few: `aaaa…`, `sk-sk-sk-…`.
    /// 8-4-4-4-12 hexadecimal digits (RFC 9562).
    var isUUID: Bool {
        count == 36 && hyphens == 4 && longest == 12 && (smallHex == 32 || uppers + digits == 32)
    }

    var isMonotonous: Bool { count >= 8 && distinct <= 3 }
}
