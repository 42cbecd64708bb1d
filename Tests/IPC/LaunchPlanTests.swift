import Testing

@testable import IPC

@Suite("The supervisor's plan")
struct LaunchPlanTests {
    private static let plan = LaunchPlan(
        workers: 2, drainMilliseconds: 600_000, workerPath: "/w", accountantPath: "/a",
        commandPath: "/c", sealArguments: ["seal", "-f"])

    private func decode(_ bytes: [UInt8]) throws -> LaunchPlan {
        try bytes.withUnsafeBytes { try LaunchPlan(decoding: $0) }
    }

    @Test("golden bytes")
    func golden() throws {
        let digits =
            "520000000140010200000002000204000000c02709000304000000e80300000404000000"
            + "8813000005040000000000010006020000002f7707020000002f6108020000002f630904"
            + "0000007365616c09020000002d66"
        #expect(hex(Self.plan.encoded()) == digits)
        #expect(try decode(bytes(hex: digits)) == Self.plan)
    }

    @Test("values out of range are refused")
    func ranges() {
        func refused(_ tag: UInt8, _ change: (inout LaunchPlan) -> Void) {
            var plan = Self.plan
            change(&plan)
            #expect(throws: DecodingFailure.malformed(tag: tag)) { try decode(plan.encoded()) }
        }
        refused(1) { $0.workers = 0 }
        refused(1) { $0.workers = 1025 }
        refused(3) { $0.heartbeatMilliseconds = 0 }
        refused(4) { $0.hungMilliseconds = $0.heartbeatMilliseconds }
        refused(5) { $0.streamsPerWorker = 0 }
        refused(5) { $0.streamsPerWorker = CounterLayout.slotsMax + 1 }
        refused(6) { $0.workerPath = String(repeating: "x", count: 4097) }
    }

    @Test("bytes that are cut, changed or of another message give a plan or a typed error")
    func damaged() throws {
        let whole = Self.plan.encoded()
        for count in 0..<whole.count {
            #expect(throws: DecodingFailure.truncated) { try decode(Array(whole.prefix(count))) }
        }
        #expect(throws: DecodingFailure.unknownType(1)) {
            try decode(UsageCodingTests.golden[0].0.encoded)
        }
        var random = Seeded(13)
        for _ in 0..<20_000 {
            var wire = whole
            for _ in 0..<3 {
                wire[Int.random(in: 0..<wire.count, using: &random)] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            do {
                let plan = try decode(wire)
                #expect(try decode(plan.encoded()) == plan)
            } catch is DecodingFailure {}
        }
    }

    @Test("a plan without one of its fields is refused")
    func missing() {
        var writer = ByteWriter()
        Frame.encode(type: 64, into: &writer) { $0.field(1, UInt16(2)) }
        #expect(throws: DecodingFailure.missing(tag: 2)) { try decode(writer.bytes) }
    }
}
