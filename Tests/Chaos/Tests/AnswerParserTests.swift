import Testing

@testable import ChaosHarness

@Suite("A client counts the tokens of whole events, however the bytes are cut")
struct AnswerParserTests {
    private static let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    private func chunk(_ text: String) -> String {
        String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n"
    }

    private func event(_ content: String) -> String {
        "data: {\"choices\":[{\"delta\":{\"content\":\"\(content)\"}}]}\n\n"
    }

    private func parse(_ text: String, by size: Int, _ order: StreamOrder) -> AnswerParser {
        var parser = AnswerParser(order)
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let taken = bytes.prefix(size).withUnsafeBytes { parser.take($0) }
            bytes = bytes.dropFirst(max(1, taken))
        }
        return parser
    }

    @Test("Chunked streams", arguments: [1, 2, 7, 100_000])
    func stream(size: Int) {
        let text =
            Self.head + chunk(event("")) + chunk(event(" the")) + chunk(event(" the") + event("a"))
            + chunk("data: [DONE]\n\n") + "0\r\n\r\n"
        let parser = parse(text, by: size, StreamOrder(tag: 1))
        #expect(parser.status == 200)
        #expect(parser.isWhole)
        #expect(parser.events == 5)
        #expect(parser.tokens == 2)
        #expect(parser.sawTerminal)
        #expect(parser.bodyBytes == text.utf8.count - Self.head.utf8.count)
    }

    @Test("An event counts with its blank line, and the terminal one without")
    func ends() {
        let cut = Self.head + chunk(event(" the") + String(event(" the").dropLast()))
        #expect(parse(cut, by: 3, StreamOrder(tag: 1)).tokens == 1)
        let almost = Self.head + chunk("data: [DONE]")
        #expect(!parse(almost, by: 3, StreamOrder(tag: 1)).sawTerminal)
        let done = Self.head + chunk("data: [DONE]\n")
        #expect(parse(done, by: 3, StreamOrder(tag: 1)).sawTerminal)
        var order = StreamOrder(tag: 1)
        order.dialect = .messages
        let name = Self.head + chunk("event: message_stop\ndata: {\"type\":")
        #expect(!parse(name, by: 3, order).sawTerminal)
    }

    @Test("A document's tokens count as they come, and one that is cut may count")
    func document() {
        var order = StreamOrder(tag: 1)
        order.isStreaming = false
        let body = "{\"content\":\" the the the\"}"
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        let whole = parse(head + body, by: 5, order)
        #expect(whole.isWhole && whole.tokens == 3 && whole.tokensAtMost == 3)
        let cut = parse(head + "{\"content\":\" the th", by: 5, order)
        #expect(!cut.isWhole && cut.tokens == 1 && cut.tokensAtMost == 2)
    }

    @Test("What comes behind an answer is not taken")
    func pipelined() {
        let answer = "HTTP/1.1 429 Slow\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        var parser = AnswerParser(StreamOrder(tag: 1))
        let taken = Array((answer + "HTTP/1.1").utf8).withUnsafeBytes { parser.take($0) }
        #expect(taken == answer.utf8.count)
        #expect(parser.isWhole && parser.status == 429 && !parser.keepsAlive)
    }
}
