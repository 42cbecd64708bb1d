import CFuzzer
import WireFormat

// Everything that a provider's or a client's bytes can reach: nothing traps, and how the bytes were cut
// into reads makes no difference.

/// The entry point, by the name that SwiftPM's linking expects.
@_cdecl("FuzzAnswer_main")
public func fuzzAnswerMain(
    _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
    var count = count
    var arguments = arguments
    return LLVMFuzzerRunDriver(&count, &arguments, fuzzAnswer)
}

/// libFuzzer calls this with each input. The first byte picks the parser, the second its options, the
/// third where the reads end.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAnswer(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    guard input.count >= 3 else { return 0 }
    let bytes = UnsafeRawBufferPointer(rebasing: input.dropFirst(3))
    let cuts = Cuts(seed: input[2], count: bytes.count)
    // Half of the inputs go to the answers: they have the most to get wrong.
    switch input[0] % 6 {
    case 0: fuzzChunks(bytes, cuts)
    case 1: fuzzHead(bytes)
    case 2: fuzzRequest(bytes)
    default: fuzzEvents(bytes, options: input[1], cuts)
    }
    return 0
}

/// Where reads end: behind each byte, or at two places.
struct Cuts {
    let isEachByte: Bool
    let first: Int
    let second: Int
    let count: Int

    init(seed: UInt8, count: Int) {
        isEachByte = seed % 8 == 0
        self.count = count
        first = count * Int(seed >> 4) / 16
        second = max(first, count * Int(seed) / 256)
    }

    /// Calls the closure with the range of each read.
    func forEach(_ body: (Range<Int>) -> Void) {
        if isEachByte {
            for index in 0..<count { body(index..<(index + 1)) }
        } else {
            body(0..<first)
            body(first..<second)
            body(second..<count)
        }
    }
}

/// Mixes what was found into a number, so that comparing costs no memory.
struct Digest: Equatable {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func mix(_ value: UInt64) { state = (state ^ value) &* 0x100_0000_01B3 }
    mutating func mix(_ value: Int) { mix(UInt64(bitPattern: Int64(value))) }
}

// Answers.

/// What the scanner told, with boundaries between a CR and its LF put behind the LF.
private struct Told: AnswerVisitor {
    let body: UnsafeRawBufferPointer
    var base = 0
    var content = Digest()
    var boundaries = Digest()
    private var last = -1

    init(body: UnsafeRawBufferPointer) { self.body = body }

    mutating func content(_ channel: AnswerChannel, _ utf8: UnsafeRawBufferPointer) {
        // What is hidden is said once, wherever the reads end.
        if utf8.isEmpty { content.mix(-1) }
        for byte in utf8 {
            content.mix(channel.choice)
            content.mix(channel.index)
            content.mix(Int(channel.kind.rawValue) << 8 | Int(byte))
        }
    }

    mutating func event(endingAt offset: Int, kind: EventKind) {
        var place = base + offset
        guard place > last || kind == .comment, place <= body.count else {
            fatalError("a boundary out of order")
        }
        if place > 0, place < body.count, body[place - 1] == 0x0D, body[place] == 0x0A {
            place += 1
        }
        if kind == .comment, place == last { return }
        last = place
        boundaries.mix(place)
        boundaries.mix(Int(kind.rawValue))
    }
}

private func fuzzEvents(_ bytes: UnsafeRawBufferPointer, options: UInt8, _ cuts: Cuts) {
    let dialect = Dialect(rawValue: options % 5) ?? .messages
    let isEventStream = options & 0x80 == 0
    var whole = AnswerScanner(dialect: dialect, isEventStream: isEventStream)
    var wholeTold = Told(body: bytes)
    whole.scan(bytes, &wholeTold)
    whole.finish()
    var cut = AnswerScanner(dialect: dialect, isEventStream: isEventStream)
    var cutTold = Told(body: bytes)
    cuts.forEach { range in
        cutTold.base = range.lowerBound
        cut.scan(UnsafeRawBufferPointer(rebasing: bytes[range]), &cutTold)
    }
    cut.finish()
    guard whole.facts == cut.facts else { fatalError("other facts when cut") }
    guard wholeTold.content == cutTold.content else { fatalError("other content when cut") }
    guard wholeTold.boundaries == cutTold.boundaries else {
        fatalError("other boundaries when cut")
    }
    _ = whole.facts.serviceTier
}

// Chunked framing.

/// Follows the reads and returns what was found, up to the end or the first failure.
private func follow(_ bytes: UnsafeRawBufferPointer, _ cuts: Cuts?) -> Digest {
    var framing = ChunkedFraming()
    var digest = Digest()
    var isOver = false
    func read(_ range: Range<Int>) {
        var offset = 0
        let piece = UnsafeRawBufferPointer(rebasing: bytes[range])
        while !isOver {
            do throws(ChunkedFraming.Failure) {
                switch try framing.next(in: piece, from: &offset) {
                case .payload(let payload):
                    guard !payload.isEmpty, payload.upperBound <= piece.count else {
                        fatalError("an impossible payload")
                    }
                    for byte in piece[payload] { digest.mix(Int(byte)) }
                case .needsMore: return
                case .ended:
                    digest.mix(range.lowerBound + offset)
                    isOver = true
                }
            } catch {
                digest.mix(range.lowerBound + offset)
                isOver = true
            }
        }
    }
    if let cuts { cuts.forEach(read) } else { read(0..<bytes.count) }
    return digest
}

private func fuzzChunks(_ bytes: UnsafeRawBufferPointer, _ cuts: Cuts) {
    guard follow(bytes, nil) == follow(bytes, cuts) else { fatalError("another body when cut") }
}

// Response heads.

private func fuzzHead(_ bytes: UnsafeRawBufferPointer) {
    guard let head = try? ResponseHead.parse(bytes, limit: 4096) else { return }
    guard head.size <= bytes.count else { fatalError("a head of impossible size") }
    let exact = UnsafeRawBufferPointer(rebasing: bytes.prefix(head.size))
    guard (try? ResponseHead.parse(exact, limit: 4096)) == head else {
        fatalError("another head without what follows")
    }
    do {
        let short = UnsafeRawBufferPointer(rebasing: bytes.prefix(head.size - 1))
        guard try ResponseHead.parse(short, limit: 4096) == nil else {
            fatalError("a head before its end")
        }
    } catch {
        fatalError("a good head refused before its end")
    }
}

// Requests.

/// What the scanner told of the prompt; everything that begins has to end, one text at a time.
private struct ToldPrompt: PromptVisitor {
    var digest = Digest()
    private(set) var open: [PromptElement] = []
    private var text: PromptText?

    mutating func begin(_ element: PromptElement) {
        guard text == nil else { fatalError("an element within a text") }
        open.append(element)
        digest.mix(Int(element.rawValue))
    }

    mutating func end(_ element: PromptElement) {
        guard text == nil, open.popLast() == element else { fatalError("another end") }
        digest.mix(-1)
    }

    mutating func text(_ kind: PromptText, _ utf8: UnsafeRawBufferPointer) {
        guard text == nil || text == kind else { fatalError("two texts at once") }
        text = kind
        for byte in utf8 { digest.mix(Int(byte)) }
    }

    mutating func textEnded(_ kind: PromptText) {
        guard text == nil || text == kind else { fatalError("the end of another text") }
        text = nil
        digest.mix(Int(kind.rawValue) + 256)
    }

    mutating func image(_ image: PromptImage) {
        digest.mix(Int(image.detail.rawValue))
        digest.mix(image.size?.width ?? 0)
        digest.mix(image.size?.height ?? 0)
    }

    mutating func token() { digest.mix(-2) }
    mutating func unmeasured() { digest.mix(-3) }
}

private func fuzzRequest(_ bytes: UnsafeRawBufferPointer) {
    var told = ToldPrompt()
    guard let facts = try? RequestScanner.scan(bytes, &told) else { return }
    guard told.open.isEmpty else { fatalError("an element without an end") }
    let edit = RequestEdit(model: "m\"\u{1}", includesUsage: true)
    let edited = edit.apply(to: bytes, facts)
    var toldAgain = ToldPrompt()
    guard let again = edited.withUnsafeBytes({ try? RequestScanner.scan($0, &toldAgain) }) else {
        fatalError("an edit that is refused")
    }
    guard told.digest == toldAgain.digest else { fatalError("an edit that changes the prompt") }
    guard again.includesUsage, again.isStream == facts.isStream,
        again.model == (facts.model == nil ? nil : "m\"\u{1}")
    else { fatalError("an edit that is not there") }
}
