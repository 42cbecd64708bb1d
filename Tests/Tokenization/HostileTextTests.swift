import Foundation
import Testing
import Tokenization

@Suite("Hostile text", .serialized)
struct HostileTextTests {
    @Test("that is not UTF-8 counts as its repaired form", arguments: EncodingName.allCases)
    func invalid(_ name: EncodingName) throws {
        let encoding = try Repository.encoding(name)
        var random = RandomText(seed: 3)
        for _ in 0..<1000 {
            // Swift repairs as the WHATWG standard says; surrogates in three bytes are our own case.
            let bytes = random.bytes().filter { $0 != 0xED }
            let repaired = String(decoding: bytes, as: UTF8.self)
            #expect(encoding.encode(bytes) == encoding.encode(repaired))
        }
    }

    @Test("with surrogates in three bytes each: pairs are joined, lone ones are U+FFFD")
    func surrogates() throws {
        let encoding = try Repository.encoding(.o200kBase)
        func high(_ rest: [UInt8]) -> [UInt8] { [0x61, 0xED, 0xA0, 0xBD] + rest }
        #expect(encoding.encode(high([0xED, 0xB8, 0x80])) == encoding.encode("a\u{1F600}"))
        #expect(encoding.encode(high([])) == encoding.encode("a\u{FFFD}"))
        #expect(encoding.encode(high([0x62])) == encoding.encode("a\u{FFFD}b"))
        #expect(encoding.encode(high([0xED, 0xA0, 0xBD])) == encoding.encode("a\u{FFFD}\u{FFFD}"))
        #expect(encoding.encode([0xED, 0xB8, 0x80]) == encoding.encode("\u{FFFD}"))
    }

    @Test(
        "that looks like special tokens is ordinary text",
        arguments: ["<|endoftext|>", "<|fim_prefix|>", "<EOT>", "<META>", "<META_START>", "<SOS>"])
    func specials(_ text: String) throws {
        for name in EncodingName.allCases {
            let encoding = try Repository.encoding(name)
            let tokens = encoding.encode(text)
            #expect(tokens.count > 1)
            #expect(tokens.flatMap { encoding.bytes(of: $0) ?? [] } == Array(text.utf8))
        }
    }

    @Test("of control characters decodes to itself")
    func controls() throws {
        for name in EncodingName.allCases {
            let encoding = try Repository.encoding(name)
            for byte in UInt8(0)..<0x20 {
                for count in [1, 2, 3, 70] {
                    let text = [UInt8](repeating: byte, count: count)
                    #expect(encoding.encode(text).flatMap { encoding.bytes(of: $0) ?? [] } == text)
                }
            }
        }
    }

    @Test("without a byte has no tokens")
    func empty() throws {
        for name in EncodingName.allCases {
            let encoding = try Repository.encoding(name)
            #expect(encoding.encode("") == [])
            var counter = encoding.makeCounter()
            counter.append([])
            #expect(counter.count == 0)
        }
    }

    /// Single pieces, or as good as: the classics that made other tokenizers quadratic or crash.
    static let shapes: [(name: String, make: @Sendable (Int) -> [UInt8])] = [
        ("one letter", { [UInt8](repeating: 0x61, count: $0) }),
        ("spaces and an x", { [UInt8](repeating: 0x20, count: $0 - 1) + [0x78] }),
        ("line ends", { [UInt8](repeating: 0x0A, count: $0) }),
        ("zeros", { [UInt8](repeating: 0, count: $0) }),
        (
            "random letters",
            { count in
                var random = RandomText(seed: 4)
                return (0..<count).map { _ in UInt8(0x61 + random.below(26)) }
            }
        ),
        ("one capital behind a kana", { Array("あ".utf8) + [UInt8](repeating: 0x42, count: $0) }),
        ("marks", { Array(String(repeating: "\u{323}\u{301}", count: $0 / 4).utf8) }),
        ("broken sequences", { [UInt8](repeating: 0xE2, count: $0) }),
    ]

    @Test("of one piece takes time in proportion", arguments: EncodingName.allCases)
    func linear(_ name: EncodingName) throws {
        let encoding = try Repository.encoding(name)
        let size = 1 << 20
        for shape in Self.shapes {
            let (small, large) = (shape.make(size), shape.make(2 * size))
            var counts = [0, 0]
            let ratio = Self.ratio(
                { counts[0] = encoding.count(small) }, { counts[1] = encoding.count(large) })
            #expect(ratio < 2.5, "\(name.rawValue), \(shape.name)")
            #expect(encoding.encode(small).count == counts[0], "\(shape.name)")
            // In fragments a byte costs up to a few microseconds, so there are fewer.
            let (first, second) = (shape.make(size / 16), shape.make(size / 8))
            counts = [encoding.count(first), encoding.count(second)]
            let streamed = Self.ratio(
                { Self.stream(encoding, first, expecting: counts[0]) },
                { Self.stream(encoding, second, expecting: counts[1]) })
            #expect(streamed < 2.5, "\(name.rawValue), \(shape.name), in fragments")
        }
    }

    private static func stream(
        _ encoding: Tokenization.Encoding, _ text: [UInt8], expecting count: Int
    ) {
        var counter = encoding.makeCounter()
        text.withUnsafeBytes { text in
            var place = 0
            while place < text.count {
                let end = min(text.count, place + 7)
                counter.append(UnsafeRawBufferPointer(rebasing: text[place..<end]))
                place = end
            }
        }
        #expect(counter.count == UInt64(count))
    }

    /// How many times the CPU time of the first the second takes; the best of several tries of each.
    private static func ratio(_ first: () -> Void, _ second: () -> Void) -> Double {
        var best = (Double.infinity, Double.infinity)
        // Other tests run beside this one and take the caches; a quadratic one stays at four.
        for _ in 0..<30 {
            best.0 = min(best.0, seconds(first))
            best.1 = min(best.1, seconds(second))
            if best.1 < 2.3 * best.0 { break }
        }
        return best.1 / best.0
    }

    private static func seconds(_ body: () -> Void) -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        body()
        return now() - start
    }
}
