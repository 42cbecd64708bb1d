/// `true`, `false` or `null`, byte by byte.
struct JSONLiteral: Sendable {
    /// Which of them.
    enum Kind: UInt8 {
        case true_
        case false_
        case null
    }

    let kind: Kind
    private var matched = 1

    /// The literal that begins with that byte; nil where none does.
    init?(first byte: UInt8) {
        switch byte {
        case 0x74: kind = .true_
        case 0x66: kind = .false_
        case 0x6E: kind = .null
        default: return nil
        }
    }

    private var text: StaticString {
        switch kind {
        case .true_: "true"
        case .false_: "false"
        case .null: "null"
        }
    }

    /// Takes the next byte; false where it is not the literal's.
    mutating func accept(_ byte: UInt8) -> Bool {
        let text = text
        guard matched < text.utf8CodeUnitCount, text.utf8Start[matched] == byte else {
            return false
        }
        matched &+= 1
        return true
    }

    /// Whether all of it was taken.
    var isComplete: Bool { matched == text.utf8CodeUnitCount }
}
