/// The lanes of an open piece that has outgrown its place in the counter: of the whole piece, and of
/// what is behind its cut.
///
/// Shared by copies of a counter until one of them changes it.
///
/// `@unchecked Sendable`: only a counter that holds the single reference writes.
final class LongPiece: @unchecked Sendable {
    var whole: Lane
    private(set) var hasTail = false
    var tail: Lane
    private let longest: Int

    init(longest: Int) {
        self.longest = longest
        whole = Lane(longest: longest)
        tail = whole
    }

    deinit {
        whole.free()
        if hasTail { tail.free() }
    }

    /// Makes the second lane, which many texts never need.
    func needTail() {
        guard !hasTail else { return }
        tail = Lane(longest: longest)
        hasTail = true
    }

    /// What is behind the cut becomes the whole piece.
    func dropToCut() { swap(&whole, &tail) }

    func copy() -> LongPiece {
        let copy = LongPiece(longest: longest)
        copy.whole.copy(whole)
        if hasTail {
            copy.needTail()
            copy.tail.copy(tail)
        }
        return copy
    }
}
