@testable import WireFormat

/// Everything that a scanner told its visitor, and how it was fed.
struct Transcript: AnswerVisitor, Equatable {
    struct Boundary: Equatable {
        var offset: Int
        var kind: EventKind
    }

    var channels: [AnswerChannel: [UInt8]] = [:]
    var content: [Int: [UInt8]] = [:]
    var boundaries: [Boundary] = []
    /// The offset of the read at hand in the whole body.
    private var base = 0

    mutating func content(_ channel: AnswerChannel, _ utf8: UnsafeRawBufferPointer) {
        channels[channel, default: []] += utf8
        guard !utf8.isEmpty else { return }
        content[channel.choice, default: []] += utf8
    }

    mutating func event(endingAt offset: Int, kind: EventKind) {
        boundaries.append(Boundary(offset: base + offset, kind: kind))
    }

    /// The kinds of the boundaries, comments left out.
    var kinds: [EventKind] { boundaries.map(\.kind).filter { $0 != .comment } }

    /// The text of a choice.
    func text(_ choice: Int = 0) -> String {
        String(decoding: content[choice] ?? [], as: UTF8.self)
    }

    /// The texts in the order of their choices, each behind its kind and its index.
    var texts: String {
        channels.sorted {
            ($0.key.choice, $0.key.kind.rawValue, $0.key.index)
                < ($1.key.choice, $1.key.kind.rawValue, $1.key.index)
        }.map {
            "\($0.key.choice).\($0.key.kind)\($0.key.index)="
                + String(decoding: $0.value, as: UTF8.self)
        }.joined(separator: " ")
    }

    /// Scans the body in the pieces that the cuts make of it, each in memory of its own.
    static func scan(
        _ body: [UInt8], _ dialect: Dialect, isEventStream: Bool = true, cuts: [Int] = []
    ) -> (transcript: Transcript, facts: AnswerFacts) {
        var scanner = AnswerScanner(dialect: dialect, isEventStream: isEventStream)
        var transcript = Transcript()
        var start = 0
        for end in cuts + [body.count] {
            let piece = Array(body[start..<end])
            transcript.base = start
            piece.withUnsafeBytes { scanner.scan($0, &transcript) }
            start = end
        }
        scanner.finish()
        transcript.joinLineEnds(of: body)
        transcript.base = 0
        return (transcript, scanner.facts)
    }

    /// Puts a boundary that a cut set between CR and LF behind the LF, where it is without the cut.
    private mutating func joinLineEnds(of body: [UInt8]) {
        var joined: [Boundary] = []
        for var boundary in boundaries {
            let offset = boundary.offset
            if offset > 0, offset < body.count, body[offset - 1] == 0x0D, body[offset] == 0x0A {
                boundary.offset += 1
            }
            if boundary.kind == .comment, joined.last?.offset == boundary.offset { continue }
            joined.append(boundary)
        }
        boundaries = joined
    }
}

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
}
