import IPC
import Testing
import Tokenization
import WireFormat

@testable import Worker

@Suite("Each text of an answer is counted on its own, exactly, wherever its fragments end")
struct ContentTallyTests {
    typealias Piece = (AnswerChannel, String)

    static func channel(
        _ choice: Int, _ kind: AnswerChannel.Kind = .content, _ index: Int = 0
    ) -> AnswerChannel {
        AnswerChannel(choice: choice, kind: kind, index: index)
    }

    static func add(
        _ text: some Collection<UInt8>, to channel: AnswerChannel, _ tally: inout ContentTally
    ) {
        Array(text).withUnsafeBytes { tally.add(channel, $0) }
    }

    @Test("After every byte of two choices that take turns, the count is that of both texts so far")
    func everyByte() throws {
        let encoding = try Vocabularies()[.o200kBase]
        let texts = ["Grüße, 水の世界 👩‍👩‍👧 don't    stop", "e\u{301}tude 12345 <|endoftext|>\n\n  x"].map {
            Array($0.utf8)
        }
        var tally = ContentTally(encoding: encoding)
        for place in 0..<max(texts[0].count, texts[1].count) {
            for (choice, text) in texts.enumerated() where place < text.count {
                Self.add(text[place...place], to: Self.channel(choice), &tally)
            }
            tally.settle()
            let expected = texts.reduce(0) { sum, text in
                sum + text.prefix(place + 1).withUnsafeBytes { encoding.count($0) }
            }
            #expect(tally.tokens == UInt64(expected))
        }
        #expect(tally.isText && tally.reasoningTokens == nil)
    }

    @Test("Content, reasoning and calls are texts of their own, and reasoning is told apart")
    func channels() throws {
        let encoding = try Vocabularies()[.claude]
        var tally = ContentTally(encoding: encoding)
        let pieces: [Piece] = [
            (Self.channel(0, .reasoning), "Think ing"), (Self.channel(0), "Ans"),
            (Self.channel(0, .callName), "f"), (Self.channel(0, .callArguments, 0), "{\"a\""),
            (Self.channel(0, .callArguments, 1), "{\"b\""), (Self.channel(0), "wer"),
            (Self.channel(0, .callArguments, 0), ":1}"), (Self.channel(0, .reasoning), "."),
        ]
        for (channel, text) in pieces { Self.add(text.utf8, to: channel, &tally) }
        tally.settle()
        let reasoning = encoding.count("Think ing.")
        let others = ["Answer", "f", "{\"a\":1}", "{\"b\""].reduce(0) { $0 + encoding.count($1) }
        #expect(tally.tokens == UInt64(reasoning + others))
        #expect(tally.reasoningTokens == UInt64(reasoning))
        #expect(!tally.isText)
    }

    @Test("Reasoning that is not shown is known of all the same")
    func hidden() throws {
        var tally = ContentTally(encoding: try Vocabularies()[.claude])
        Self.add("Answer".utf8, to: Self.channel(1), &tally)
        #expect(tally.reasoningTokens == nil)
        Self.add("".utf8, to: Self.channel(0, .reasoning), &tally)
        tally.settle()
        #expect(tally.reasoningTokens == 0 && tally.isText && tally.tokens == 1)
        Self.add("".utf8, to: Self.channel(0, .other), &tally)
        #expect(!tally.isText)
    }

    @Test("More texts than are told apart cost no more memory, and are still counted")
    func manyTexts() throws {
        var tally = ContentTally(encoding: try Vocabularies()[.o200kBase])
        for choice in 0..<(ContentTally.channelsMax + 50) {
            Self.add(" word".utf8, to: Self.channel(choice), &tally)
        }
        tally.settle()
        #expect(tally.tokens == UInt64(ContentTally.channelsMax + 50))
    }

    @Test("What is not looked into is not counted")
    func nothing() {
        var tally = ContentTally(encoding: nil)
        Self.add("a".utf8, to: Self.channel(0), &tally)
        tally.settle()
        #expect(tally.tokens == 0)
    }
}
