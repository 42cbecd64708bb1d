/// The parts of a mapped vocabulary, as the hot loops see them.
///
/// Reads are not checked one by one. What makes them safe: `VocabularyFile` refuses a file whose header
/// or size is not that of `make-vocabularies.py`, and in what that script writes every id, base and block
/// number lies within the section that it points into; the tests compare the files' SHA-256.
struct VocabularyTables {
    /// No token: all ones in the 18 bits of an id.
    static let none: UInt32 = 0x3FFFF

    let units: UnsafeRawPointer
    let records: UnsafePointer<UInt64>
    let slots: UnsafePointer<UInt32>
    /// 64 less the number of bits of a slot's place.
    let slotShift: UInt64
    let slotMask: Int
    let classIndex: UnsafePointer<UInt16>
    let classBlocks: UnsafePointer<UInt8>
    /// Where the children of the trie's root are.
    let rootBase: UInt64
    /// Bytes of the longest token.
    let longest: Int
}

// The trie: see `vocabulary_trie.py`.
extension VocabularyTables {
    /// A node of the trie: label 8 bits, token 18, base 20.
    typealias Unit = UInt64

    /// The child for a byte below a base; nil where there is none.
    @inline(__always)
    func child(of base: UInt64, _ byte: UInt8) -> Unit? {
        // A base and a byte are below the number of units, which are followed by eight bytes more.
        let place = Int(truncatingIfNeeded: (base ^ UInt64(byte)) &* 6)
        let unit = units.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        return UInt8(truncatingIfNeeded: unit) == byte ? unit : nil
    }

    @inline(__always)
    static func token(_ unit: Unit) -> UInt32 { UInt32(truncatingIfNeeded: unit >> 8) & none }

    @inline(__always)
    static func base(_ unit: Unit) -> UInt64 { unit >> 26 & 0xFFFFF }
}

// Tokens and what they are made of.
extension VocabularyTables {
    @inline(__always)
    func record(_ token: UInt32) -> UInt64 { records[Int(truncatingIfNeeded: token)] }

    /// Bytes of a token.
    @inline(__always)
    func length(_ token: UInt32) -> Int { Int(truncatingIfNeeded: record(token) >> 54) &+ 1 }

    /// The longest shorter token that this one begins with; `none` for a single byte.
    @inline(__always)
    func shorter(_ token: UInt32) -> UInt32 {
        UInt32(truncatingIfNeeded: record(token) >> 36) & Self.none
    }

    /// The two parts that were merged last to make the token; a single byte is both of its own.
    @inline(__always)
    func left(_ token: UInt32) -> UInt32 { UInt32(truncatingIfNeeded: record(token)) & Self.none }

    @inline(__always)
    func right(_ token: UInt32) -> UInt32 {
        UInt32(truncatingIfNeeded: record(token) >> 18) & Self.none
    }

    /// What two neighbours merge to; `none` where they do not.
    @inline(__always)
    func merged(_ left: UInt32, _ right: UInt32) -> UInt32 {
        let hash = (UInt64(left) << 18 | UInt64(right)) &* 0x9E37_79B9_7F4A_7C15
        let fingerprint = UInt32(truncatingIfNeeded: hash >> 31) & 0x3FFF
        var place = Int(truncatingIfNeeded: hash >> slotShift)
        // Ends: at most six tenths of the slots are taken.
        while true {
            let slot = slots[place]
            if slot == UInt32.max { return Self.none }
            if slot >> 18 == fingerprint {
                let token = slot & Self.none
                let parts = record(token) & 0xF_FFFF_FFFF
                if parts == UInt64(left) | UInt64(right) << 18 { return token }
            }
            place = (place &+ 1) & slotMask
        }
    }

    /// Whether two tokens can stand beside each other in an encoding.
    ///
    /// They can unless merging their bytes would have merged across the seam. So the later of the two is
    /// taken apart towards the seam, step by step: a pair across it that merges before what is whole
    /// on either side at that moment would have been merged first. Ids are the order of merging; on the
    /// same rank the left pair comes first.
    func canFollow(_ first: UInt32, _ second: UInt32) -> Bool {
        var left = first
        var right = second
        var limit = UInt32.max
        while true {
            let merged = merged(left, right)
            if merged != Self.none, merged < limit { return false }
            if left > right {
                limit = left
                left = self.right(left)
                if left != limit { continue }
                limit = right &+ 1
                right = self.left(right)
                if right &+ 1 == limit { return true }
            } else {
                limit = right &+ 1
                right = self.left(right)
                if right &+ 1 != limit { continue }
                limit = left
                left = self.right(left)
                if left == limit { return true }
            }
        }
    }
}

// Classes of scalars.
extension VocabularyTables {
    /// The class of a scalar below U+110000.
    @inline(__always)
    func scalarClass(_ scalar: UInt32) -> ScalarClass {
        let block = Int(classIndex[Int(truncatingIfNeeded: scalar >> 7)])
        return ScalarClass(
            rawValue: classBlocks[block << 7 | Int(truncatingIfNeeded: scalar & 0x7F)])
    }

    /// The class of an ASCII character: the first block is the first 128 scalars.
    @inline(__always)
    func asciiClass(_ byte: UInt8) -> ScalarClass {
        ScalarClass(rawValue: classBlocks[Int(byte)])
    }

    /// The class and the length in bytes of the scalar at a place of well-formed UTF-8.
    @inline(__always)
    func scalarClass(at text: UnsafePointer<UInt8>, _ place: Int) -> (ScalarClass, Int) {
        let first = text[place]
        if first < 0x80 { return (asciiClass(first), 1) }
        let (scalar, length) = UTF8Decoding.scalar(text, place)
        return (scalarClass(scalar), length)
    }
}
