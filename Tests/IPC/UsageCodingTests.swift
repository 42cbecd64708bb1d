import Testing

@testable import IPC

@Suite("Usage records on the wire")
struct UsageCodingTests {
    private func next(_ bytes: [UInt8]) throws -> UsageCoding.Step {
        try bytes.withUnsafeBytes { try UsageCoding.next(in: $0) }
    }

    private static let usage: StreamUsage = {
        var usage = StreamUsage()
        usage.chunksFlushed = 3
        usage.bytesFlushed = 500
        usage.bytesAcknowledged = 490
        usage.providerAccepted = true
        usage.promptReported = 11
        usage.promptProduced = 12
        usage.completionReported = 13
        usage.completionProduced = 14
        usage.completionDelivered = 15
        usage.countSource = .counted
        usage.cachedTokens = 16
        usage.cacheWrite5mTokens = 17
        usage.cacheWrite1hTokens = 18
        usage.reasoningTokens = 19
        usage.serviceTier = "flex"
        usage.firstByteNanoseconds = 20
        return usage
    }()

    private static let calibratable: StreamUsage = {
        var usage = StreamUsage()
        usage.countSource = .counted
        usage.promptSource = .estimated
        usage.completionScript = .emoji
        usage.reasoningProduced = 21
        usage.completionIsText = true
        return usage
    }()

    /// What format 1 looks like, byte for byte. A change here breaks a reload between two builds.
    static let golden: [(UsageRecord, String)] = [
        (
            .opened(
                StreamOpened(
                    stream: 0x1122_3344_5566_7788, slot: 7, startedAt: 1_700_000_000_123_456_789,
                    key: "app1", endpoint: .messages, model: "é", provider: "anthropic",
                    providerModel: "claude", isStreaming: true, promptProduced: 77,
                    countSource: .calibrated)),
            """
            6d000000010101080000008877665544332211020400000007000000030800000015cd85
            3dfe9c97170404000000617070310501000000050602000000c3a90709000000616e7468
            726f7069630806000000636c617564650901000000010a080000004d000000000000000b
            0100000002
            """
        ),
        (
            .opened(
                StreamOpened(
                    stream: 1, slot: nil, startedAt: -1, key: "", endpoint: .chatCompletions,
                    model: "m", provider: nil, providerModel: nil, isStreaming: false)),
            """
            390000000101010800000001000000000000000308000000ffffffffffffffff04000000
            0005010000000106010000006d0901000000000b0100000001
            """
        ),
        (
            .progress(StreamProgress(stream: 1, sequence: 2, usage: usage)),
            """
            da0000000102010800000001000000000000000208000000020000000000000020080000
            0003000000000000002108000000f4010000000000002208000000ea0100000000000023
            010000000124080000000b0000000000000025080000000c000000000000002608000000
            0d0000000000000027080000000e0000000000000028080000000f000000000000002901
            000000032a0800000010000000000000002b0800000011000000000000002c0800000012
            000000000000002d0800000013000000000000002e04000000666c65782f080000001400
            000000000000
            """
        ),
        (
            .settled(
                StreamSettled(
                    stream: 1, sequence: .max, outcome: .providerFailed, status: 502,
                    durationNanoseconds: 1000, reason: "connect_refused", usage: StreamUsage())),
            """
            700000000103010800000001000000000000000208000000ffffffffffffffff03010000
            00040402000000f6010508000000e803000000000000060f000000636f6e6e6563745f72
            656675736564200800000000000000000000002108000000000000000000000023010000
            0000290100000001
            """
        ),
        (
            .opened(
                StreamOpened(
                    stream: 3, slot: nil, startedAt: 9, key: "k", endpoint: .messages, model: "m",
                    provider: nil, providerModel: nil, isStreaming: false, promptProduced: 4,
                    promptBasis: PromptBasis(encoding: .claude, script: .cjk, isTextOnly: true))),
            """
            590000000101010800000003000000000000000308000000090000000000000004010000
            006b05010000000506010000006d0901000000000a0800000004000000000000000b0100
            0000010c01000000040d01000000030e0100000001
            """
        ),
        (
            .progress(StreamProgress(stream: 1, sequence: 2, usage: calibratable)),
            """
            610000000102010800000001000000000000000208000000020000000000000020080000
            000000000000000000210800000000000000000000002301000000002901000000033001
            0000000131010000000532080000001500000000000000330100000001
            """
        ),
        (
            .amended(StreamAmended(stream: 1, sequence: 2, usage: calibratable)),
            """
            610000000104010800000001000000000000000208000000020000000000000020080000
            000000000000000000210800000000000000000000002301000000002901000000033001
            0000000131010000000532080000001500000000000000330100000001
            """
        ),
    ]

    @Test("golden byte vectors", arguments: 0..<golden.count)
    func goldenVectors(_ index: Int) throws {
        let (record, digits) = Self.golden[index]
        let wire = bytes(hex: digits)
        #expect(hex(record.encoded) == hex(wire))
        #expect(try next(wire) == .record(record, size: wire.count))
    }

    @Test("every outcome, endpoint and count source keeps its number")
    func numbers() {
        #expect(Outcome.allCases.map(\.rawValue) == Array(1...8))
        #expect(Endpoint.allCases.map(\.rawValue) == Array(1...6))
        #expect(CountSource.allCases.map(\.rawValue) == [1, 2, 3])
        #expect(ScriptClass.allCases.map(\.rawValue) == Array(1...5))
        #expect(CountEncoding.allCases.map(\.rawValue) == Array(1...4))
        for outcome in Outcome.allCases { #expect(Outcome(name: outcome.name) == outcome) }
        #expect(Outcome(name: "no") == nil)
    }

    @Test("random records come back as they went, one behind the other")
    func roundTrip() throws {
        var random = Seeded(10)
        var writer = ByteWriter()
        let records = (0..<2_000).map { _ in UsageRecord.random(&random) }
        for record in records { UsageCoding.encode(record, into: &writer) }
        var rest = writer.bytes[...]
        for record in records {
            guard case .record(let found, let size) = try next(Array(rest.prefix(1_024))) else {
                Issue.record("no record for \(record)")
                return
            }
            #expect(found == record)
            #expect(found.stream == record.stream)
            rest = rest.dropFirst(size)
        }
        #expect(rest.isEmpty)
    }

    @Test("a frame is incomplete until its last byte")
    func incomplete() throws {
        for (record, _) in Self.golden {
            let wire = record.encoded
            for count in 0..<wire.count {
                #expect(try next(Array(wire.prefix(count))) == .incomplete)
            }
        }
    }

    @Test("unknown tags are skipped")
    func unknownTags() throws {
        let record = UsageRecord.progress(StreamProgress(stream: 1, sequence: 2, usage: Self.usage))
        var wire = record.encoded
        let extra: [UInt8] = [200, 3, 0, 0, 0, 1, 2, 3, 255, 0, 0, 0, 0]
        wire += extra
        wire[0] += UInt8(extra.count)
        #expect(try next(wire) == .record(record, size: wire.count))
    }

    @Test("unknown versions and types are refused, and can be stepped over")
    func unknown() throws {
        var wire = Self.golden[1].0.encoded
        wire[4] = 2
        #expect(try next(wire) == .refused(.unknownVersion(2), size: wire.count))
        wire[4] = 1
        wire[5] = 9
        #expect(try next(wire) == .refused(.unknownType(9), size: wire.count))
    }

    @Test(
        "a frame with a field that cannot be is refused, and can be stepped over",
        arguments: [
            ("0200 0000 0101", .missing(tag: 1)),
            ("0f00 0000 0102 01 0800 0000 0100 0000 0000 0000", .missing(tag: 2)),
            ("0b00 0000 0102 01 0400 0000 0100 0000", .malformed(tag: 1)),
            ("0b00 0000 0102 01 0500 0000 0100 0000", .truncated),
            ("0600 0000 0102 01 0000 00", .truncated), ("0300 0000 0102 01", .truncated),
            ("0800 0000 0101 05 0100 0000 07", .malformed(tag: 5)),
            ("0800 0000 0103 03 0100 0000 00", .malformed(tag: 3)),
            ("0800 0000 0101 06 0100 0000 ff", .malformed(tag: 6)),
            ("0800 0000 0101 0c 0100 0000 05", .malformed(tag: 12)),
            ("0800 0000 0101 0d 0100 0000 00", .malformed(tag: 13)),
            ("0900 0000 0101 0e 0200 0000 0100", .malformed(tag: 14)),
            ("0800 0000 0102 30 0100 0000 04", .malformed(tag: 48)),
            ("0800 0000 0103 31 0100 0000 06", .malformed(tag: 49)),
            ("0b00 0000 0102 01 ffff ffff 0100 0000", .truncated),
        ] as [(String, DecodingFailure)])
    func malformed(_ digits: String, _ failure: DecodingFailure) throws {
        let wire = bytes(hex: digits)
        #expect(try next(wire) == .refused(failure, size: wire.count))
    }

    @Test("a length that cannot be is an error: nothing behind it can be found")
    func impossibleLength() {
        #expect(throws: DecodingFailure.tooLong(length: 65_537)) {
            try next(bytes(hex: "01000100"))
        }
        #expect(throws: DecodingFailure.tooLong(length: .max)) { try next(bytes(hex: "ffffffff")) }
        #expect(throws: DecodingFailure.truncated) { try next(bytes(hex: "01000000")) }
        #expect(throws: DecodingFailure.truncated) { try next(bytes(hex: "00000000")) }
    }

    @Test("text longer than its bound is refused")
    func textBounds() throws {
        var usage = StreamUsage()
        usage.serviceTier = String(repeating: "x", count: 33)
        let long = UsageRecord.progress(StreamProgress(stream: 1, sequence: 1, usage: usage))
        let wire = long.encoded
        #expect(try next(wire) == .refused(.malformed(tag: 46), size: wire.count))
    }

    @Test("random and changed bytes give a record or a typed error")
    func randomBytes() throws {
        var random = Seeded(11)
        for round in 0..<30_000 {
            var wire: [UInt8]
            if round % 3 == 0 {
                wire = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                    UInt8(truncatingIfNeeded: random.next())
                }
                // Mostly a true length, so that the decoder gets to see the rest.
                if wire.count >= 6 {
                    wire.replaceSubrange(0..<5, with: [UInt8(wire.count - 4), 0, 0, 0, 1])
                    wire[5] = UInt8.random(in: 1...3, using: &random)
                }
            } else {
                wire = UsageRecord.random(&random).encoded
                for _ in 0..<3 {
                    wire[Int.random(in: 0..<wire.count, using: &random)] = UInt8(
                        truncatingIfNeeded: random.next())
                }
            }
            do {
                switch try next(wire) {
                case .record(let record, let size):
                    #expect(size <= wire.count)
                    // What was read can be written and read again.
                    let again = record.encoded
                    #expect(try next(again) == .record(record, size: again.count))
                case .refused(_, let size): #expect(size <= wire.count)
                case .incomplete: break
                }
            } catch is DecodingFailure {}
        }
    }
}
