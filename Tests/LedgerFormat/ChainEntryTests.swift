import Testing

@testable import LedgerFormat

@Suite("Two different rows never have the same bytes")
struct ChainEntryTests {
    static func digest(_ body: (inout ChainEntry) -> Void) -> Digest {
        var entry = ChainEntry(.record)
        body(&entry)
        return entry.digest
    }

    @Test("Column, type, length, order and table all count")
    func distinct() {
        var digests = [
            Self.digest { _ in },
            Self.digest { $0.add(integer: 1) },
            Self.digest { $0.add(integer: 0) },
            Self.digest { $0.add(real: 1) },
            Self.digest { $0.add(text: "1".utf8) },
            Self.digest { $0.add(blob: "1".utf8) },
            Self.digest { $0.add(text: "".utf8) },
            Self.digest {
                $0.addNull()
                $0.add(integer: 1)
            },
            Self.digest {
                $0.add(text: "a".utf8)
                $0.add(text: "bc".utf8)
            },
            Self.digest {
                $0.add(text: "ab".utf8)
                $0.add(text: "c".utf8)
            },
            Self.digest {
                $0.add(text: "abc".utf8)
                $0.add(text: "".utf8)
            },
        ]
        var other = ChainEntry(.correction)
        other.add(integer: 1)
        digests.append(other.digest)
        #expect(Set(digests).count == digests.count)
    }

    @Test("A null at the end changes nothing: a column that is new leaves old rows' hashes alone")
    func newColumn() {
        let old = Self.digest { $0.add(integer: 7) }
        let new = Self.digest {
            $0.add(integer: 7)
            $0.addNull()
        }
        #expect(old == new)
    }

    @Test("An entry's hash is that of exactly these bytes, in this and in every later version")
    func golden() {
        // The length of the domain, the domain, then column 0: a whole number, column 2: a text.
        let bytes: [UInt8] =
            [26, 0, 0, 0, 0, 0, 0, 0] + Array("dd0c-route ledger record 1".utf8)
            + [0, 1, 2, 1, 0, 0, 0, 0, 0, 0] + [2, 3, 2, 0, 0, 0, 0, 0, 0, 0, 0x68, 0x69]
        let digest = Self.digest {
            $0.add(integer: 258)
            $0.addNull()
            $0.add(text: "hi".utf8)
        }
        #expect(digest == Digest(of: bytes))
    }

    @Test("A digest is the SHA-256 of FIPS 180-4, and reads its own text")
    func digest() {
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(Digest(of: Array("abc".utf8)).hexadecimal == text)
        #expect(Digest(hexadecimal: text) == Digest(of: Array("abc".utf8)))
        #expect(Digest(hexadecimal: text.uppercased()) == Digest(of: Array("abc".utf8)))
        for bad in ["", String(text.dropLast()), text + "0", String(text.dropLast()) + "g"] {
            #expect(Digest(hexadecimal: bad) == nil)
        }
    }
}
