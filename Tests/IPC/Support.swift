import CLinux
import Glibc
import Testing

@testable import IPC

/// A small generator of the same numbers in every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    /// Nil half of the time.
    mutating func optional<Value>(_ value: (inout Seeded) -> Value) -> Value? {
        Bool.random(using: &self) ? value(&self) : nil
    }

    mutating func integer<T: FixedWidthInteger & UnsignedInteger>(_ type: T.Type = T.self) -> T {
        // Edges more often than chance would have them.
        switch next() % 4 {
        case 0: 0
        case 1: .max
        default: T(truncatingIfNeeded: next())
        }
    }

    mutating func text(_ countMax: Int = 24) -> String {
        let letters = Array("aé世😀-_.\0\n")
        return String(
            (0..<Int.random(in: 0...countMax, using: &self)).map { _ in
                letters[Int.random(in: 0..<letters.count, using: &self)]
            })
    }
}

/// The bytes that hexadecimal digits stand for.
func bytes(hex: String) -> [UInt8] {
    let digits = hex.compactMap { $0.hexDigitValue.map(UInt8.init) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// The bytes' hexadecimal digits.
func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

/// Two connected sockets that are closed at the end.
final class SocketPair {
    let first: Int32
    private(set) var second: Int32?

    init(packets: Bool) throws {
        var descriptors: [Int32] = [-1, -1]
        try #require(route_socketpair(packets ? 1 : 0, &descriptors) == 0)
        first = descriptors[0]
        second = descriptors[1]
    }

    func send(_ bytes: [UInt8]) {
        #expect(route_send(second ?? -1, bytes, bytes.count) == bytes.count)
    }

    func closeSecond() {
        if let second { close(second) }
        second = nil
    }

    deinit {
        closeSecond()
        close(first)
    }
}

extension UsageRecord {
    static func random(_ random: inout Seeded) -> UsageRecord {
        switch random.next() % 4 {
        case 0:
            .opened(
                StreamOpened(
                    stream: random.integer(), slot: random.optional { $0.integer() },
                    startedAt: Int64(bitPattern: random.integer()), key: random.text(),
                    endpoint: Endpoint.allCases.randomElement(using: &random) ?? .messages,
                    model: random.text(), provider: random.optional { $0.text() },
                    providerModel: random.optional { $0.text() },
                    isStreaming: Bool.random(using: &random),
                    promptProduced: random.optional { $0.integer() },
                    countSource: CountSource.allCases.randomElement(using: &random) ?? .counted,
                    promptBasis: random.optional { .random(&$0) }))
        case 1:
            .progress(
                StreamProgress(
                    stream: random.integer(), sequence: random.integer(), usage: .random(&random)))
        case 2:
            .amended(
                StreamAmended(
                    stream: random.integer(), sequence: random.integer(), usage: .random(&random)))
        default:
            .settled(
                StreamSettled(
                    stream: random.integer(), sequence: random.integer(),
                    outcome: Outcome.allCases.randomElement(using: &random) ?? .completed,
                    status: random.integer(), durationNanoseconds: random.integer(),
                    reason: random.optional { $0.text() }, usage: .random(&random)))
        }
    }

    var encoded: [UInt8] {
        var writer = ByteWriter()
        UsageCoding.encode(self, into: &writer)
        return writer.bytes
    }
}

extension StreamUsage {
    static func random(_ random: inout Seeded) -> StreamUsage {
        var usage = StreamUsage()
        usage.chunksFlushed = random.integer()
        usage.bytesFlushed = random.integer()
        usage.bytesAcknowledged = random.optional { $0.integer() }
        usage.providerAccepted = Bool.random(using: &random)
        usage.promptReported = random.optional { $0.integer() }
        usage.promptProduced = random.optional { $0.integer() }
        usage.completionReported = random.optional { $0.integer() }
        usage.completionProduced = random.optional { $0.integer() }
        usage.completionDelivered = random.optional { $0.integer() }
        usage.countSource = CountSource.allCases.randomElement(using: &random) ?? .counted
        usage.cachedTokens = random.optional { $0.integer() }
        usage.cacheWrite5mTokens = random.optional { $0.integer() }
        usage.cacheWrite1hTokens = random.optional { $0.integer() }
        usage.reasoningTokens = random.optional { $0.integer() }
        usage.serviceTier = random.optional { $0.text(8) }
        usage.firstByteNanoseconds = random.optional { $0.integer() }
        usage.promptSource = CountSource.allCases.randomElement(using: &random)
        usage.completionScript = random.optional { .random(&$0) }
        usage.reasoningProduced = random.optional { $0.integer() }
        usage.completionIsText = Bool.random(using: &random)
        return usage
    }
}

extension ScriptClass {
    static func random(_ random: inout Seeded) -> ScriptClass {
        allCases.randomElement(using: &random) ?? .latin
    }
}

extension PromptBasis {
    static func random(_ random: inout Seeded) -> PromptBasis {
        PromptBasis(
            encoding: CountEncoding.allCases.randomElement(using: &random) ?? .claude,
            script: random.optional { .random(&$0) }, isTextOnly: Bool.random(using: &random))
    }
}
