/// Normalises scalar by scalar: holds the last segment back until the next one begins.
struct NormalizationHold {
    private static let none = UInt32.max

    /// The first scalar of the segment; `none` when it has been handed on already, or there is none.
    private var first = none
    /// The scalars that join it.
    private var rest: [UInt32] = []
    /// Scalars of the segment, also those handed on.
    private var count = 0

    /// Whether nothing is held back.
    var isEmpty: Bool { first == Self.none && rest.isEmpty }

    /// Bytes of UTF-8 that the held scalars become at most: NFKC makes up to 18 scalars of one.
    var byteBound: Int {
        guard rest.isEmpty else { return rest.count &* 72 &+ 72 }
        return first < 0xA0 ? 2 : 72
    }

    /// Takes a scalar; hands on what it completes.
    @inline(__always)
    mutating func take(
        _ scalar: UInt32, _ normalizer: TextNormalizer, _ body: (UInt32) -> Void
    ) {
        if count < TextNormalizer.segmentMax, count > 0,
            normalizer.tables.scalarClass(scalar).has(.joins)
        {
            count &+= 1
            if rest.isEmpty, first == Self.none { first = scalar } else { rest.append(scalar) }
            return
        }
        finish(normalizer, body)
        first = scalar
        count = 1
    }

    /// Hands the first scalar on when nothing that could follow changes it.
    mutating func settle(_ normalizer: TextNormalizer, _ body: (UInt32) -> Void) {
        guard count == 1, first != Self.none,
            !normalizer.tables.scalarClass(first).has([.changes, .joins]),
            normalizer.rules.isFinal(first)
        else { return }
        body(first)
        first = Self.none
    }

    /// Hands everything on.
    @inline(__always)
    mutating func finish(_ normalizer: TextNormalizer, _ body: (UInt32) -> Void) {
        defer { count = 0 }
        guard first != Self.none else { return }
        if rest.isEmpty, !normalizer.tables.scalarClass(first).has([.changes, .joins]) {
            body(first)
        } else {
            finishSegment(normalizer, body)
        }
        first = Self.none
    }

    private mutating func finishSegment(_ normalizer: TextNormalizer, _ body: (UInt32) -> Void) {
        for scalar in normalizer.normalized([first] + rest) { body(scalar) }
        rest.removeAll(keepingCapacity: true)
    }
}
