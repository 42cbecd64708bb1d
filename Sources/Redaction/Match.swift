/// A secret's beginning, and how its end is found.
struct Match {
    let kind: SecretKind
    /// The first byte that goes.
    let start: Int
    /// Where the search for the end begins; everything before goes.
    let end: Int
    let rest: Rest

    /// The same when `count` bytes are taken away in front.
    func moved(by count: Int) -> Match {
        Match(kind: kind, start: start &- count, end: end &- count, rest: rest)
    }
}

/// What belongs to a secret that has been recognised.
struct Rest {
    enum Mode {
        /// Nothing more.
        case nothing
        /// Characters of the alphabet.
        case run
        /// Up to the quotation mark, or up to what ends a bare value.
        case value
        /// Pairs of a cookie header.
        case cookie
        /// The lines of a PEM block.
        case pem
        /// Numbers and what separates them.
        case numbers
        /// The rest of the line, and further lines that begin with a number and a colon or space.
        case hexDump
        /// Further pieces of known secrets, and then the rest of the run.
        case known
    }

    var mode: Mode
    var alphabet: ByteClass = []
    /// The quotation mark that ends a value, or 0.
    var quote = 0
    /// Whether a run may go on in the next line.
    var mayWrap = false
    /// How far a PEM block has been read: lines with a colon, and what the current line has shown.
    var headerLines = 0
    var isLineStart = true
    var isHeaderLine = false
    /// Hyphens in a row, and whether some began the line that ends the block.
    var hyphens = 0
    var isEndLine = false

    static let nothing = Rest(mode: .nothing)

    static func run(_ alphabet: ByteClass, mayWrap: Bool = true) -> Rest {
        Rest(mode: .run, alphabet: alphabet, mayWrap: mayWrap)
    }
}
