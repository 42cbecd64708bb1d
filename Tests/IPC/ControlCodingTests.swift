import Testing

@testable import IPC

@Suite("Control messages on the wire")
struct ControlCodingTests {
    private func next(_ bytes: [UInt8]) throws -> ControlMessage? {
        try bytes.withUnsafeBytes { try ControlCoding.next(in: $0)?.message }
    }

    /// What format 1 looks like, byte for byte. A change here breaks a reload between two builds.
    static let golden: [(ControlMessage, String)] = [
        (.ping(258), "0f000000010101080000000201000000000000"),
        (.drain(milliseconds: 600_000), "0b00000001020104000000c0270900"),
        (
            .attach(
                WorkerIdentity(incarnation: 0xFEDC_BA98_7654_3210, slot: 1023, generation: 9)),
            "1f000000010301080000001032547698badcfe0202000000ff03030400000009000000"
        ),
        (.configure, "020000000104"), (.ready, "020000000110"),
        (
            .pong(258, openStreams: 5_000),
            "18000000011101080000000201000000000000020400000088130000"
        ),
        (
            .pong(258, openStreams: 5_000, residentBytes: 7),
            "25000000011101080000000201000000000000020400000088130000"
                + "03080000000700000000000000"
        ),
        (.released(incarnation: 1), "0f000000011201080000000100000000000000"),
        (.configured(accepted: true), "080000000113010100000001"),
        (.configured(accepted: false), "080000000113010100000000"),
    ]

    @Test("golden byte vectors", arguments: 0..<golden.count)
    func goldenVectors(_ index: Int) throws {
        let (message, digits) = Self.golden[index]
        #expect(hex(ControlCoding.encode(message)) == digits)
        #expect(try next(bytes(hex: digits)) == message)
    }

    @Test("a message is nil until its last byte, and its size is its own")
    func incomplete() throws {
        for (message, _) in Self.golden {
            let wire = ControlCoding.encode(message)
            for count in 0..<wire.count { #expect(try next(Array(wire.prefix(count))) == nil) }
            let found = try (wire + [1, 2, 3]).withUnsafeBytes { try ControlCoding.next(in: $0) }
            #expect(found?.size == wire.count)
        }
    }

    @Test(
        "what is no message of this version is refused",
        arguments: [
            ("020000000210", .unknownVersion(2)), ("020000000163", .unknownType(0x63)),
            ("020000000101", .missing(tag: 1)),
            ("0b00000001010104000000c0270900", .malformed(tag: 1)),
            ("08000000010101ff00000001", .truncated), ("ffffff7f", .tooLong(length: 0x7FFF_FFFF)),
            ("0100000001", .truncated),
        ] as [(String, DecodingFailure)])
    func refused(_ digits: String, _ failure: DecodingFailure) {
        #expect(throws: failure) { try next(bytes(hex: digits)) }
    }

    @Test("unknown tags are skipped, whatever their number")
    func unknownTags() throws {
        for tag in [UInt8(0), 5, 8, 9, 255] {
            let fields: [UInt8] = [tag, 1, 0, 0, 0, 7]
            let wire =
                [UInt8(2 + fields.count + 13), 0, 0, 0, 1, 1] + fields
                + [1, 8, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]
            #expect(try next(wire) == .ping(3))
        }
    }

    @Test("random bytes give a message or a typed error")
    func randomBytes() throws {
        var random = Seeded(12)
        let types: [UInt8] = [1, 2, 3, 4, 16, 17, 18, 19]
        for _ in 0..<30_000 {
            var fields: [UInt8] = []
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let count = Int.random(in: 0...9, using: &random)
                fields += [UInt8.random(in: 0...4, using: &random), UInt8(count), 0, 0, 0]
                fields += (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            }
            if random.next() % 4 == 0 { fields = fields.dropLast(2) }
            let wire =
                [UInt8(fields.count + 2), 0, 0, 0, 1, types.randomElement(using: &random) ?? 1]
                + fields
            do {
                if let message = try next(wire) {
                    #expect(try next(ControlCoding.encode(message)) == message)
                }
            } catch is DecodingFailure {}
        }
    }
}
