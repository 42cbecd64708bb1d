import Testing

@testable import WireFormat

@Suite("Chunked framing is followed strictly")
struct ChunkedFramingTests {
    struct Result: Equatable {
        var payload: [UInt8] = []
        var failure: ChunkedFraming.Failure?
        /// Where the body ended.
        var end: Int?
        /// Places, between two bytes, where further chunks may be put in.
        var boundaries: [Int] = []
    }

    /// Follows the bytes in the pieces that the cuts make of them.
    static func follow(_ bytes: [UInt8], cuts: [Int] = []) -> Result {
        var framing = ChunkedFraming()
        var result = Result()
        var start = 0
        for cut in cuts + [bytes.count] {
            let piece = Array(bytes[start..<cut])
            piece.withUnsafeBytes { read in
                var offset = 0
                do throws(ChunkedFraming.Failure) {
                    reading: while result.failure == nil, result.end == nil {
                        switch try framing.next(in: read, from: &offset) {
                        case .payload(let range): result.payload += read[range]
                        case .needsMore: break reading
                        case .ended: result.end = start + offset
                        }
                    }
                } catch { result.failure = error }
            }
            if framing.isAtBoundary { result.boundaries.append(cut) }
            start = cut
        }
        return result
    }

    static func follow(_ text: String) -> Result { follow(Array(text.utf8)) }

    @Test("payload, extensions, trailers, and the end, wherever the reads end")
    func wellFormed() {
        let text =
            "5\r\nhello\r\n00A;name=\"v\"\r\n0123456789\r\n1 ;x\r\n!\r\n0\r\nX-Checksum: 1\r\nb:\r\n\r\nHTTP"
        let bytes = Array(text.utf8)
        let whole = Self.follow(bytes)
        #expect(String(decoding: whole.payload, as: UTF8.self) == "hello0123456789!")
        #expect(whole.end == bytes.count - 4)
        for cut in 1..<bytes.count {
            let split = Self.follow(bytes, cuts: [cut])
            #expect(split.payload == whole.payload)
            #expect(split.end == whole.end)
        }
        let single = Self.follow(bytes, cuts: Array(1..<bytes.count))
        #expect(single.payload == whole.payload)
        #expect(single.end == whole.end)
        #expect(single.boundaries == [10, 36, 45])
    }

    @Test(
        "what is malformed is refused",
        arguments: [
            ("\r\n", .badSize), ("g\r\n", .badSize), ("-1\r\n", .badSize), ("+1\r\n", .badSize),
            (" 1\r\n", .badSize), ("0x1\r\n", .badSize), ("1 2\r\n", .badSize),
            ("1 \r\n", .badSize), ("00000000000000001\r\n", .badSize),
            ("8000000000000000\r\n", .badSize), ("ffffffffffffffff\r\n", .badSize),
            ("1\n", .badLineEnd), ("1\rx", .badLineEnd), ("1\r\naX", .badLineEnd),
            ("1\r\na\n", .badLineEnd), ("1\r\na\rX", .badLineEnd), ("1;a\n", .badExtension),
            ("1;\u{1}\r\n", .badExtension), ("0\r\n x: y\r\n", .badTrailer),
            ("0\r\nx\r\n", .badTrailer), ("0\r\n: y\r\n", .badTrailer),
            ("0\r\nx y: z\r\n", .badTrailer), ("0\r\nx: \0\r\n", .badTrailer),
            ("0\r\nx: y\n", .badTrailer), ("0\r\n\rX", .badLineEnd), ("0\r\nx: y\rX", .badLineEnd),
            ("1;" + String(repeating: "x", count: 1024) + "\r\n", .badExtension),
            ("0\r\nx:" + String(repeating: "y", count: 8191) + "\r\n", .badTrailer),
        ] as [(String, ChunkedFraming.Failure)])
    func malformed(_ text: String, _ failure: ChunkedFraming.Failure) {
        #expect(Self.follow(text).failure == failure)
    }

    @Test("the greatest size is taken, and a failure stays")
    func limits() throws {
        #expect(Self.follow("7fffffffffffffff\r\nabc").payload == Array("abc".utf8))
        #expect(Self.follow("1;" + String(repeating: "x", count: 1023) + "\r\na").failure == nil)
        var framing = ChunkedFraming()
        var offset = 0
        for _ in 0..<2 {
            #expect(throws: ChunkedFraming.Failure.badSize) {
                try Array("z".utf8).withUnsafeBytes { try framing.next(in: $0, from: &offset) }
            }
        }
        #expect(!framing.isAtBoundary)
        #expect(!framing.isEnded)
    }

    @Test("random bytes, whole or cut, give the same")
    func randomBytes() {
        let alphabet = Array("0123aF\r\n;: x".utf8)
        var random = Seeded(3)
        for _ in 0..<5_000 {
            let count = Int.random(in: 2...60, using: &random)
            let bytes =
                [alphabet[3]]
                + (0..<count).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                }
            let whole = Self.follow(bytes)
            let split = Self.follow(bytes, cuts: Array(1..<bytes.count))
            #expect(split.payload == whole.payload)
            #expect(split.failure == whole.failure)
            #expect(split.end == whole.end)
        }
    }
}
