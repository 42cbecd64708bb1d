import Foundation
import NIOCore
import Testing

@testable import MockProvider

@Suite("A script is the answer with its fault, byte for byte")
struct ScriptTests {
    private func script(
        _ directives: String, path: String = "/v1/chat/completions", streams: Bool = true,
        includesUsage: Bool = true
    ) -> Script {
        var query = Query()
        query.streams = streams
        query.includesUsage = includesUsage
        var provider = Provider()
        return provider.script(
            for: Provider.Request(
                method: "POST", path: path, directives: directives, credential: "sk-key",
                query: query))
    }

    private func bytes(_ script: Script) -> [UInt8] {
        script.steps.flatMap { step -> [UInt8] in
            if case .send(let buffer, _) = step { Array(buffer.readableBytesView) } else { [] }
        }
    }

    private func text(_ script: Script) -> String { String(decoding: bytes(script), as: UTF8.self) }

    private func events(_ script: Script) -> Int {
        script.steps.reduce(0) { if case .send(_, let events) = $1 { $0 + events } else { $0 } }
    }

    private static let paths = [
        "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses",
        "/v1/messages", "/v1/messages/count_tokens",
    ]

    @Test("The same request gives the same bytes", arguments: paths)
    func deterministic(path: String) {
        #expect(bytes(script("seed=3", path: path)) == bytes(script("seed=3", path: path)))
        let other = bytes(script("seed=4", path: path))
        #expect(path.hasSuffix("tokens") == (other == bytes(script("seed=3", path: path))))
    }

    @Test("An answer that is no stream has the length that it says, and is JSON", arguments: paths)
    func whole(path: String) throws {
        for directives in ["", "tools=1&n=5", "reasoning=1&thinking=1", "choices=3"] {
            let text = text(script(directives, path: path, streams: false))
            let parts = try #require(text.range(of: "\r\n\r\n"))
            let body = text[parts.upperBound...]
            #expect(text.contains("Content-Length: \(body.utf8.count)\r\n"))
            let value = try JSONSerialization.jsonObject(with: Data(body.utf8))
            #expect(value is [String: Any])
        }
    }

    @Test("Usage is the number of chunks, and comes only to those who asked")
    func usage() {
        #expect(text(script("n=9")).contains("\"completion_tokens\":9,"))
        #expect(!text(script("n=9", includesUsage: false)).contains("\"completion_tokens\""))
        #expect(text(script("n=9", path: "/v1/messages")).contains("\"output_tokens\":9}"))
        #expect(text(script("n=9", path: "/v1/responses")).contains("\"output_tokens\":9,"))
    }

    @Test("With unit, every chunk of every choice is one token")
    func units() {
        let count = text(script("n=9&unit=1&choices=2")).components(separatedBy: "\" the\"").count
        #expect(count == 19)
        let whole = text(script("n=3&unit=1", path: "/v1/messages", streams: false))
        #expect(whole.contains("\" the the the\""))
    }

    @Test("Cutting bytes and characters apart changes no byte of the body")
    func splits() {
        let plain = dechunked(bytes(script("n=5")))
        #expect(dechunked(bytes(script("n=5&fault=split"))) == plain)
        #expect(dechunked(bytes(script("n=5&fault=utf8_split"))) == plain)
        #expect(events(script("n=5&fault=split")) == events(script("n=5")))
        let pieces = script("n=20&fault=utf8_split").steps.compactMap { step -> [UInt8]? in
            if case .send(let buffer, _) = step { Array(buffer.readableBytesView) } else { nil }
        }
        #expect(pieces.contains { String(validating: $0, as: UTF8.self) == nil })
    }

    /// The payload of all chunks.
    private func dechunked(_ bytes: [UInt8]) -> [UInt8] {
        var rest = bytes[...]
        while rest.count > 3, !rest.prefix(4).elementsEqual([13, 10, 13, 10]) { rest.removeFirst() }
        rest = rest.dropFirst(4)
        var payload: [UInt8] = []
        while true {
            let digits = String(decoding: rest.prefix { $0 != 13 }, as: UTF8.self)
            guard let size = Int(digits, radix: 16), size > 0 else { return payload }
            rest = rest.dropFirst(digits.utf8.count + 2)
            payload += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
    }

    @Test("Reset and end of file come at the byte that was asked for", arguments: [0, 1, 100, 500])
    func cuts(position: Int) {
        let whole = bytes(script("n=5"))
        let cut = script("n=5&fault=reset&at=\(position)")
        #expect(bytes(cut).elementsEqual(whole.prefix(position)))
        #expect(cut.steps.last == .reset)
        #expect(script("fault=eof&at=\(position)").steps.last == .close)
    }

    @Test("A stall comes after as many events as were asked for")
    func stalls() {
        #expect(script("fault=stall_before_head").steps == [.stall])
        #expect(script("fault=no_read").steps == [.stall])
        #expect(events(script("fault=stall_after_head")) == 0)
        let mid = script("fault=stall_mid&at=3")
        #expect(events(mid) == 3)
        #expect(mid.steps.last == .stall)
        let held = script("fault=hold_open")
        #expect(text(held).hasSuffix("data: [DONE]\n\n\r\n"))
        #expect(held.steps.last == .stall)
    }

    @Test("Faults of the content are in the content")
    func contentFaults() {
        #expect(!text(script("fault=no_done")).contains("[DONE]"))
        #expect(!text(script("fault=no_done", path: "/v1/messages")).contains("message_stop"))
        #expect(text(script("fault=crlf")).contains("data: [DONE]\r\n\r\n"))
        #expect(text(script("fault=lone_cr")).contains("data: [DONE]\r\r"))
        #expect(text(script("fault=comments")).contains("\n: OPENROUTER PROCESSING\n\n"))
        #expect(text(script("fault=pings", path: "/v1/messages")).contains("event: ping\n"))
        #expect(text(script("fault=choices_empty")).contains("\"prompt_filter_results\""))
        #expect(bytes(script("fault=big_event")).count > 5 << 20)
        #expect(text(script("fault=error_event")).hasSuffix("}}\n\n\r\n0\r\n\r\n"))
        #expect(text(script("fault=close_delimited")).hasSuffix("data: [DONE]\n\n"))
        #expect(text(script("fault=status&status=529")).hasPrefix("HTTP/1.1 529 "))
        #expect(text(script("fault=status")).contains("\r\nRetry-After: 1\r\n"))
        #expect(text(script("fault=echo_key")).contains("x-echo: sk-key\r\n"))
        #expect(text(script("fault=redirect")).contains("Location: /elsewhere?key=sk-key\r\n"))
        let early = text(script("n=8&fault=usage_early"))
        #expect(early.components(separatedBy: "\"completion_tokens\":8").count == 2)
        #expect(early.components(separatedBy: "\"choices\":[]").count == 1)
    }

    @Test("Pauses stand between events")
    func pauses() {
        let steps = script("n=3&us=500&delay_us=7&first_us=9").steps
        let pauses = steps.compactMap { if case .pause(let time) = $0 { time } else { nil } }
        // Role, 3 chunks, finish, usage, [DONE].
        #expect(pauses == [7, 9, 500, 500, 500, 500, 500, 500])
    }

    @Test(
        "An echo is the request's text in pieces, and reports what it is told to",
        arguments: paths.prefix(2) + ["/v1/messages"])
    func echo(path: String) throws {
        let text = "Grüße 👩‍👩‍👧‍👦 \"水\"\n" + String(repeating: "a b", count: 20)
        let member = path == "/v1/completions" ? "prompt" : "messages"
        let value: Any = member == "prompt" ? text : [["role": "user", "content": text]]
        let body = try JSONSerialization.data(withJSONObject: [member: value, "stream": false])
        let query = try #require(Query(body))
        #expect(query.text == text)
        var provider = Provider()
        let made = provider.script(
            for: Provider.Request(
                method: "POST", path: path, directives: "echo=1&seed=3&prompt=40&completion=70",
                credential: "k", query: query))
        let answer = self.text(made)
        let json = try #require(answer.range(of: "\r\n\r\n").map { answer[$0.upperBound...] })
        #expect(json.contains("70") && json.contains("40"))
        var source = WordSource(seed: 3)
        let pieces = source.cut(text)
        #expect(pieces.joined() == text && pieces.count > 8)
        #expect(json.contains(JSON.string(text).text))
    }
}
