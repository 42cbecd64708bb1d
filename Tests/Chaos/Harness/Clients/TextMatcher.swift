/// Finds a text in bytes that come piece by piece. The text's first byte occurs in it again at its end at
/// most, so that a failed match starts over with the present byte.
struct TextMatcher: Equatable, Sendable {
    private let text: [UInt8]
    private var matched = 0

    init(_ text: [UInt8]) { self.text = text }
    init(_ text: String) { self.init(Array(text.utf8)) }

    /// The text has begun and may go on.
    var isWithin: Bool { matched > 0 }

    /// Takes a byte; true when the text ends with it.
    @inline(__always)
    mutating func ends(with byte: UInt8) -> Bool {
        if byte == text[matched] {
            matched += 1
            guard matched == text.count else { return false }
            matched = 0
            return true
        }
        matched = byte == text[0] ? 1 : 0
        return false
    }
}
