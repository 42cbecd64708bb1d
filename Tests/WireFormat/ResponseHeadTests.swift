import Testing

@testable import WireFormat

@Suite("A response's head is parsed strictly")
struct ResponseHeadTests {
    static func parse(_ text: String, limit: Int = 65_536) throws -> ResponseHead? {
        try Array(text.utf8).withUnsafeBytes { try ResponseHead.parse($0, limit: limit) }
    }

    @Test("status, fields, framing, connection")
    func wellFormed() throws {
        let text =
            "HTTP/1.1 200 OK\r\nContent-Type:text/event-stream \r\nX-A: \t b c\t\r\nx-empty:\r\n"
            + "Connection: keep-alive, X-Hop ,,\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\n"
        let head = try #require(try Self.parse(text))
        #expect(head.status == 200)
        #expect(head.minorVersion == 1)
        #expect(head.fields.map(\.name).prefix(3) == ["Content-Type", "X-A", "x-empty"])
        #expect(head.first("content-type") == "text/event-stream")
        #expect(head.first("x-a") == "b c")
        #expect(head.first("x-empty") == "")
        #expect(head.first("x-none") == nil)
        #expect(head.framing == .chunked)
        #expect(head.keepsAlive)
        #expect(head.nominated == ["keep-alive", "x-hop"])
        #expect(head.size == text.utf8.count - 3)
    }

    @Test("is nil until it is whole, at every split")
    func incomplete() throws {
        let text = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"
        for count in 0..<text.utf8.count {
            let bytes = Array(text.utf8.prefix(count))
            #expect(try bytes.withUnsafeBytes { try ResponseHead.parse($0) } == nil)
        }
        #expect(try Self.parse(text) != nil)
    }

    @Test(
        "the body's end is found as RFC 9112 §6.3 says",
        arguments: [
            ("200 OK\r\nContent-Length: 5\r\n", .contentLength(5), true),
            ("200 OK\r\nContent-Length: 0\r\ncontent-length: 0\r\n", .contentLength(0), true),
            ("200\r\n", .untilClose, false), ("204 \r\n", .none, true),
            ("304 Not Modified\r\nContent-Length: 9\r\n", .none, true),
            ("100 Continue\r\n", .none, true), ("503 x\r\n", .untilClose, false),
            ("200 OK\r\nConnection: close\r\nContent-Length: 1\r\n", .contentLength(1), false),
            (
                "200 OK\r\nContent-Length: 9223372036854775807\r\n", .contentLength(1 << 63 - 1),
                true
            ),
        ] as [(String, ResponseHead.Framing, Bool)])
    func framing(_ rest: String, _ framing: ResponseHead.Framing, _ keepsAlive: Bool) throws {
        let head = try #require(try Self.parse("HTTP/1.1 \(rest)\r\n"))
        #expect(head.framing == framing)
        #expect(head.keepsAlive == keepsAlive)
    }

    @Test("HTTP/1.0 keeps a connection only when it says so")
    func oldVersion() throws {
        let rest = "Content-Length: 1\r\n\r\n"
        #expect(try Self.parse("HTTP/1.0 200 OK\r\n\(rest)")?.keepsAlive == false)
        #expect(
            try Self.parse("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\(rest)")?.keepsAlive
                == true)
    }

    @Test(
        "what is malformed is refused",
        arguments: [
            ("HTTP/2 200\r\n", .badStatusLine), ("ICY 200 OK\r\n", .badStatusLine),
            ("HTTP/1.2 200 OK\r\n", .badStatusLine), ("HTTP/1.1 20 OK\r\n", .badStatusLine),
            ("HTTP/1.1 2000\r\n", .badStatusLine), ("HTTP/1.1 600 X\r\n", .badStatusLine),
            ("HTTP/1.1  200\r\n", .badStatusLine), ("HTTP/1.1 200 \u{7}\r\n", .badStatusLine),
            ("HTTP/1.1 -20 OK\r\n", .badStatusLine), ("\r\n", .badStatusLine),
            ("HTTP/1.1 200 OK\n", .badLineEnd), ("HTTP/1.1 200 OK\r\nA: b\n", .badLineEnd),
            ("HTTP/1.1 200 OK\r\nA: b\rc\r\n", .badLineEnd),
            ("HTTP/1.1 200 OK\r\nA : b\r\n", .badFieldName),
            ("HTTP/1.1 200 OK\r\nAb\r\n", .badFieldName),
            ("HTTP/1.1 200 OK\r\n: b\r\n", .badFieldName),
            ("HTTP/1.1 200 OK\r\nÄ: b\r\n", .badFieldName),
            ("HTTP/1.1 200 OK\r\nA: \0\r\n", .badFieldValue),
            ("HTTP/1.1 200 OK\r\nA: \u{7F}\r\n", .badFieldValue),
            ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n", .foldedField),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n", .badContentLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n", .badContentLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: +1\r\n", .badContentLength),
            ("HTTP/1.1 200 OK\r\nContent-Length:\r\n", .badContentLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n", .badContentLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n", .badContentLength),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
                .ambiguousLength
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n", .unsupportedTransferCoding),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\ntransfer-encoding: chunked\r\n",
                .unsupportedTransferCoding
            ),
            ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .unsupportedTransferCoding),
        ] as [(String, ResponseHead.Failure)])
    func malformed(_ text: String, _ failure: ResponseHead.Failure) {
        #expect(throws: failure) { try Self.parse(text) }
    }

    @Test("its size is bounded, whole or not")
    func bounded() throws {
        let text = "HTTP/1.1 204 No\r\n\r\n"
        #expect(try Self.parse(text, limit: text.utf8.count) != nil)
        #expect(throws: ResponseHead.Failure.tooLarge) {
            try Self.parse(text, limit: text.utf8.count - 1)
        }
        let long = "HTTP/1.1 200 OK\r\nA: " + String(repeating: "b", count: 100)
        #expect(throws: ResponseHead.Failure.tooLarge) { try Self.parse(long, limit: 64) }
    }

    @Test("a value that is not UTF-8 is read as ISO 8859-1")
    func latinValue() throws {
        let bytes = Array("HTTP/1.1 204 x\r\nA: ".utf8) + [0xE9] + Array("\r\n\r\n".utf8)
        let head = try bytes.withUnsafeBytes { try ResponseHead.parse($0) }
        #expect(head?.first("a") == "é")
    }

    @Test("random bytes give a head, nothing or a typed error")
    func randomBytes() {
        let alphabet = Array("HTTP/1.1 200\r\n: Content-Length,chunked".utf8)
        var random = Seeded(4)
        for _ in 0..<5_000 {
            let tail = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            let bytes = Array("HTTP/1.1 200\r\n".utf8) + tail
            do throws(ResponseHead.Failure) {
                let result = bytes.withUnsafeBytes { read in
                    Result { () throws(ResponseHead.Failure) in try ResponseHead.parse(read) }
                }
                if let head = try result.get() { #expect(head.size <= bytes.count) }
            } catch {}
        }
    }
}
