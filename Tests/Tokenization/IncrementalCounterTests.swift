import Testing
import Tokenization

@Suite("The incremental counter")
struct IncrementalCounterTests {
    /// Expects the count of all bytes so far after each fragment.
    private func expectExact(
        _ encoding: Tokenization.Encoding, _ bytes: [UInt8], _ lengths: [Int]
    ) {
        var counter = encoding.makeCounter()
        var end = 0
        for length in lengths {
            counter.append(bytes[end..<(end + length)])
            end += length
            let expected = encoding.count(bytes[..<end])
            guard counter.count == UInt64(expected) else {
                Issue.record(
                    "\(encoding.name.rawValue): \(counter.count), not \(expected), of \(bytes[..<end])"
                )
                return
            }
        }
    }

    @Test("is exact after every fragment of any bytes", arguments: EncodingName.allCases)
    func fragments(_ name: EncodingName) throws {
        let encoding = try Repository.encoding(name)
        var random = RandomText(seed: 2)
        for _ in 0..<1500 {
            let bytes = random.bytes()
            expectExact(encoding, bytes, random.cuts(bytes.count))
        }
    }

    @Test(
        "is exact where a later byte changes how much earlier text is cut",
        arguments: EncodingName.allCases)
    func lateChanges(_ name: EncodingName) throws {
        let encoding = try Repository.encoding(name)
        // Longer than what the value itself holds, so that the lanes have to know it too.
        for size in [0, 1, 2, 40, 70, 300] {
            func run(_ text: String) -> String { String(repeating: text, count: size) }
            let texts = [
                "あ" + run("B") + "c", "あ" + run("BÉ") + "'s " + run("Ab"), run("B") + "'l",
                run("B") + "'Ll" + run("x"), run("x") + "'r" + run("x"), run("x") + "'re",
                "\n" + run(" ") + "\n" + run(" ") + "x", run(" ") + "x", run("\t") + "x",
                run("!") + run("\n") + run("/") + "a", run("\r\n ") + "x", run("9") + "a",
                run("e\u{301}"), "a" + run("\u{323}\u{301}") + "b", run("한") + "\u{11A8}",
                run("か\u{3099}"), run("𝟘") + "x", run("ﬁ") + "\u{301}", "'" + run("l") + "'l",
            ]
            for text in texts {
                let bytes = Array(text.utf8)
                expectExact(encoding, bytes, Array(repeating: 1, count: bytes.count))
            }
        }
    }

    @Test("is a value: a copy counts on its own, also within a long piece")
    func copies() throws {
        for name in EncodingName.allCases {
            let encoding = try Repository.encoding(name)
            for prefix in [
                "ab", String(repeating: "xyza", count: 50), "あ" + String(repeating: "Q", count: 90),
            ] {
                var first = encoding.makeCounter()
                first.append(prefix.utf8)
                var second = first
                second.append("c\u{301}'re well".utf8)
                #expect(first.count == UInt64(encoding.count(prefix)))
                first.append("Z 12".utf8)
                #expect(first.count == UInt64(encoding.count(prefix + "Z 12")))
                #expect(second.count == UInt64(encoding.count(prefix + "c\u{301}'re well")))
            }
        }
    }

    @Test("is small")
    func size() {
        #expect(MemoryLayout<IncrementalCounter>.size <= 256)
    }
}
