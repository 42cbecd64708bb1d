import Testing

@testable import WireFormat

@Suite("The answer scanner finds text, usage and boundaries")
struct AnswerScannerTests {
    private func check(
        _ answer: AnswerCase, _ bytes: [UInt8], cuts: [Int] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = Transcript.scan(
            bytes, answer.dialect, isEventStream: answer.isEventStream, cuts: cuts)
        let text = found.transcript.content.mapValues { String(decoding: $0, as: UTF8.self) }
        #expect(text == answer.content, "cuts \(cuts)", sourceLocation: sourceLocation)
        #expect(
            found.transcript.kinds == answer.kinds, "cuts \(cuts)", sourceLocation: sourceLocation)
        #expect(found.facts == answer.expectedFacts, "cuts \(cuts)", sourceLocation: sourceLocation)
    }

    @Test("in one read", arguments: AnswerCase.all)
    func whole(_ answer: AnswerCase) { check(answer, answer.bytes) }

    @Test("whatever ends the lines", arguments: AnswerCase.all.filter(\.isEventStream))
    func lineEnds(_ answer: AnswerCase) {
        for end in ["\r\n", "\r"] {
            let bytes = Array(answer.body.replacingLineFeeds(by: end).utf8)
            check(answer, bytes)
            check(answer, bytes, cuts: Array(1..<bytes.count))
        }
    }

    @Test(
        "at every place where a read can end, with the same boundaries", arguments: AnswerCase.all)
    func everySplit(_ answer: AnswerCase) {
        for end in ["\n", "\r\n", "\r"] where end == "\n" || answer.isEventStream {
            let bytes = Array(answer.body.replacingLineFeeds(by: end).utf8)
            let whole = Transcript.scan(bytes, answer.dialect, isEventStream: answer.isEventStream)
            for cut in 1..<bytes.count {
                let split = Transcript.scan(
                    bytes, answer.dialect, isEventStream: answer.isEventStream, cuts: [cut])
                guard split == whole else {
                    Issue.record("another result with a cut at \(cut): \(split) not \(whole)")
                    return
                }
            }
            let single = Transcript.scan(
                bytes, answer.dialect, isEventStream: answer.isEventStream,
                cuts: Array(1..<bytes.count))
            #expect(single == whole)
        }
    }

    @Test("and says where each event ends")
    func boundaryOffsets() {
        let body = ": hi\ndata: {}\n\nevent: a\nid: 1\n\n\ndata: [DONE]\n\n"
        let found = Transcript.scan(Array(body.utf8), .chatCompletions).transcript
        #expect(
            found.boundaries == [
                .init(offset: 5, kind: .comment), .init(offset: 15, kind: .ordinary),
                .init(offset: 31, kind: .comment), .init(offset: 32, kind: .comment),
                .init(offset: 45, kind: .terminal), .init(offset: 46, kind: .comment),
            ])
    }

    @Test("A line feed cut off from its CR has a boundary of its own, so that it is not held back")
    func cutLineEnd() {
        var scanner = AnswerScanner(dialect: .messages, isEventStream: true)
        var first = Transcript()
        Array("data: {}\r\n\r".utf8).withUnsafeBytes { scanner.scan($0, &first) }
        #expect(first.boundaries == [.init(offset: 11, kind: .ordinary)])
        #expect(!scanner.facts.hasPendingEvent)
        var second = Transcript()
        Array("\ndata: {".utf8).withUnsafeBytes { scanner.scan($0, &second) }
        #expect(second.boundaries == [.init(offset: 1, kind: .comment)])
        #expect(scanner.facts.hasPendingEvent)
    }

    @Test("An event is pending exactly between its first byte and its end")
    func pending() {
        let body = Array("\u{FEFF}: c\ndata: {}\n\ndata: [DONE]\n\nid: 1\n\n".utf8)
        var scanner = AnswerScanner(dialect: .chatCompletions, isEventStream: true)
        var transcript = Transcript()
        var idle: [Int] = []
        for (index, byte) in body.enumerated() {
            withUnsafeBytes(of: byte) { scanner.scan($0, &transcript) }
            if !scanner.facts.hasPendingEvent { idle.append(index + 1) }
        }
        #expect(idle == [3, 7, 17, 30, 31, 38])
    }

    @Test("An event of 5 MB passes through, and the scanner keeps none of it")
    func hugeEvent() {
        struct Sizes: AnswerVisitor {
            var bytes = 0
            var kinds: [EventKind] = []
            mutating func content(_ channel: AnswerChannel, _ utf8: UnsafeRawBufferPointer) {
                bytes += utf8.count
            }
            mutating func event(endingAt offset: Int, kind: EventKind) { kinds.append(kind) }
        }
        var scanner = AnswerScanner(dialect: .chatCompletions, isEventStream: true)
        var sizes = Sizes()
        func feed(_ text: String) {
            Array(text.utf8).withUnsafeBytes { scanner.scan($0, &sizes) }
        }
        feed(#"data: {"choices":[{"index":0,"delta":{"content":""#)
        let piece = String(repeating: "0123456789abcdef", count: 256)
        for _ in 0..<1280 { feed(piece) }
        feed(#""}}],"usage":{"prompt_tokens":1}}"# + "\n\n")
        #expect(sizes.bytes == 5 * 1024 * 1024)
        #expect(sizes.kinds == [.ordinary])
        #expect(scanner.facts.promptTokens == 1)
        // All that it has is in place: no array, no string, no class holds bytes of an event.
        #expect(MemoryLayout<AnswerScanner>.size <= 1024)
        #expect(Mirror.holdsNoReference(scanner))
    }

    @Test("Nesting without end is malformed, not fatal")
    func deepNesting() {
        for depth in [64, 65, 100_000] {
            let open = String(repeating: "[", count: depth)
            let close = String(repeating: "]", count: depth)
            let found = Transcript.scan(Array("data: \(open)\(close)\n\n".utf8), .responses)
            #expect(found.facts.malformedEvents == (depth > 64 ? 1 : 0))
            #expect(found.transcript.kinds == [.ordinary])
        }
    }
}

extension String {
    fileprivate func replacingLineFeeds(by end: String) -> String {
        split(separator: "\n", omittingEmptySubsequences: false).joined(separator: end)
    }
}

extension Mirror {
    /// Whether the value is made of plain values all the way down.
    fileprivate static func holdsNoReference(_ value: Any) -> Bool {
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .class || mirror.displayStyle == .collection { return false }
        if value is String { return false }
        return mirror.children.allSatisfy { holdsNoReference($0.value) }
    }
}
