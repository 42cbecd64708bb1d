import IPC
import TestTLS
import Testing

@testable import Worker

@Suite("Clients may speak HTTP/2, and are served as those that speak HTTP/1.1", .serialized)
struct HTTP2Tests {
    private func rig(_ change: @escaping (inout WorkerRig.Options) -> Void = { _ in }) throws
        -> WorkerRig
    {
        try WorkerRig {
            $0.clientsUseTLS = true
            change(&$0)
        }
    }

    /// A client with so many streams, whose providers have sent the head.
    private func streams(
        _ count: Int, _ rig: WorkerRig, _ client: HTTP2Client
    ) throws -> [(id: Int, provider: RawSocket)] {
        try (0..<count).map { _ in
            let id = try client.post()
            let provider = try rig.provider()
            _ = try provider.readMessage()
            try provider.send(WorkerRig.streamHead)
            try client.wait { $0.answers[id]?.status == 200 }
            return (id, provider)
        }
    }

    @Test("A stream's events arrive without the provider's framing, and the bill is exact")
    func stream() throws {
        let rig = try rig()
        let client = try HTTP2Client(rig)
        #expect(client.socket.agreedProtocol == "h2")
        let id = try client.post(fields: [("te", "trailers"), ("x-own", "A b")])
        let provider = try rig.provider()
        let (head, body) = try provider.readMessage()
        #expect(head.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
        #expect(head.contains("x-own: A b\r\n"))
        #expect(!head.contains("te:"))
        #expect(body.contains(#""model":"gpt-x""#))
        #expect(head.contains("Bearer \(WorkerRig.providerKey)"))
        let events = WorkerRig.delta("abcd") + WorkerRig.delta("efgh")
        try provider.send(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Request-ID: 7\r\n"
                + "Connection: keep-alive, x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n" + WorkerRig.chunk(events))
        try client.body(id, count: events.utf8.count)
        try provider.send(WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n")
        let answer = try client.answer(id)
        #expect(answer.text == events + WorkerRig.done)
        #expect(answer.isEnded)
        let names = answer.fields.map(\.name)
        #expect(answer.field("x-request-id") == "7")
        #expect(
            names == [
                ":status", "content-type", "x-request-id", "cache-control", "x-accel-buffering",
            ])
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .completed)
        #expect(record.usage.bytesFlushed == UInt64(answer.body.count))
        #expect(record.usage.bytesAcknowledged == UInt64(answer.body.count))
        #expect(record.usage.completionDelivered == record.usage.completionProduced)
        #expect(record.usage.chunksFlushed == 3)
    }

    @Test("An answer of known length keeps it; one that lacks bytes is a reset")
    func lengths() throws {
        let rig = try rig()
        let client = try HTTP2Client(rig)
        let body = #"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#
        for missing in [0, 10] {
            let id = try client.post(#"{"model":"gpt-x","messages":[]}"#)
            let provider = try rig.provider()
            _ = try provider.readMessage()
            try provider.send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n" + body.dropLast(missing))
            provider.close()
            let answer = try client.answer(id)
            #expect(answer.field("content-length") == "\(body.utf8.count)")
            #expect(answer.text == body.dropLast(missing))
            #expect(answer.isEnded == (missing == 0))
            #expect(answer.reset == (missing == 0 ? nil : 2))
        }
        let records = try rig.settled(2)
        #expect(records.map(\.outcome) == [.completed, .providerFailed])
        // The connection goes on.
        let id = try client.session.request("GET", "/healthz")
        try client.push()
        #expect(try client.answer(id).status == 200)
    }

    @Test("The gateway's own answers are those of HTTP/1.1")
    func ownAnswers() throws {
        let rig = try rig {
            $0.countsLocally = true
            $0.limits.headerBytes = 4000
        }
        let client = try HTTP2Client(rig)
        let key = ("authorization", "Bearer \(WorkerRig.key)")
        func ask(
            _ method: String, _ path: String, _ fields: [(String, String)] = [],
            _ body: String? = nil
        ) throws -> HTTP2Session.Answer {
            let id = try client.session.request(
                method, path, fields, body: body.map { Array($0.utf8) })
            try client.push()
            return try client.answer(id)
        }
        #expect(try ask("GET", "/healthz").text == #"{"status":"ok"}"#)
        let head = try ask("HEAD", "/healthz")
        #expect(head.status == 200 && head.field("content-length") == "15" && head.body.isEmpty)
        #expect(try ask("GET", "/v1/models", [key]).text.contains("gpt-renamed"))
        #expect(try ask("GET", "/v1/models").status == 401)
        #expect(try ask("GET", "/elsewhere").status == 404)
        #expect(try ask("CONNECT", "/v1/models").reset == 1)
        let wrong = try ask("GET", "/v1/chat/completions", [key])
        #expect(wrong.status == 405 && wrong.field("allow") == "POST")
        let noKey = try ask("POST", "/v1/chat/completions", [], "{}")
        #expect(noKey.status == 401 && noKey.text.contains("invalid_api_key"))
        #expect(try ask("POST", "/v1/chat/completions", [key], "{").status == 400)
        let chat = "/v1/chat/completions"
        #expect(try ask("POST", chat, [key, ("expect", "x")], "{}").status == 417)
        #expect(try ask("POST", chat, [key, ("x", "a\u{1}b")], "{}").status == 400)
        #expect(try ask("POST", chat + "?a b", [key], "{}").reset == 1)
        let long = ("x-long", String(repeating: "x", count: 5000))
        #expect(try ask("GET", "/healthz", [long]).status == 431)
        let unknown = try ask("POST", "/v1/messages", [key], #"{"model":"no"}"#)
        #expect(unknown.status == 404 && unknown.text.contains("not_found_error"))
        let counted = try ask(
            "POST", "/v1/messages/count_tokens", [key], #"{"model":"claude-x","messages":[]}"#)
        #expect(counted.status == 200 && counted.text.hasPrefix(#"{"input_tokens":"#))
        #expect(!rig.hasDialled)
        for answer in client.session.answers.values { #expect(!answer.text.contains("sk-test")) }
    }

    @Test("Fields of a connection, wrong lengths and bad pseudo-fields reset their stream alone")
    func malformed() throws {
        let rig = try rig()
        let client = try HTTP2Client(rig)
        let key = ("authorization", "Bearer \(WorkerRig.key)")
        let bare = [(":method", "POST"), (":scheme", "https"), (":path", "/v1/chat/completions")]
        let post = bare + [(":authority", "a")]
        let cases: [[(String, String)]] = [
            post + [key, ("connection", "close")], post + [key, ("transfer-encoding", "chunked")],
            post + [key, ("upgrade", "h2c")], post + [key, ("te", "gzip")],
            post + [key, ("keep-alive", "1")], post + [key, ("content-length", "7")],
            post + [(":path", "/again"), key], post + [key, (":late", "x")],
            [(":method", "POST"), key], post + [key, ("x", "a\r\nb")], post + [("X-Big", "a")],
        ]
        for fields in cases {
            let id = try client.session.request(fields: fields, body: Array("{}".utf8))
            try client.push()
            let answer = try client.answer(id)
            #expect(answer.reset == 1, "\(fields)")
        }
        // Without any host there is no request that a server of HTTP/1.1 would take.
        let id = try client.session.request(fields: bare + [key], body: Array("{}".utf8))
        try client.push()
        #expect(try client.answer(id).status == 400)
        #expect(client.session.goodbyes.isEmpty)
        #expect(!rig.hasDialled)
        #expect(try rig.openStreams == 0)
    }

    @Test("A body that is too large, or too slow, is refused on its own stream")
    func bodies() throws {
        let rig = try rig {
            $0.limits.bodyBytes = 100_000
            $0.limits.bodyTimeout = 1000
        }
        let client = try HTTP2Client(rig)
        let key = ("authorization", "Bearer \(WorkerRig.key)")
        func begin(_ fields: [(String, String)]) throws -> Int {
            let id = try client.session.request(
                "POST", "/v1/chat/completions", [key] + fields, ends: false)
            try client.push()
            return id
        }
        let announced = try client.answer(begin([("content-length", "100001")]))
        #expect(announced.status == 413)
        let large = try begin([])
        try client.session.send([UInt8](repeating: 0x20, count: 100_001), on: large)
        try client.push()
        #expect(try client.answer(large).status == 413)
        let slow = try begin([])
        #expect(try client.answer(slow).status == 408)
        let id = try begin([("expect", "100-continue")])
        try client.wait { $0.answers[id]?.status == 100 }
        #expect(try rig.openStreams == 0)
        #expect(client.session.goodbyes.isEmpty)
    }

    @Test("With http2 off a client gets HTTP/1.1")
    func off() throws {
        let rig = try rig { $0.speaksHTTP2 = false }
        let client = try rig.client()
        try client.secure(
            TLSSession(trusting: TestIdentity.certificate, protocols: ["h2", "http/1.1"]))
        #expect(client.agreedProtocol == "http/1.1")
        try client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 200 "))
    }

    @Test("Many requests of a connection, larger than the windows, all arrive")
    func uploads() throws {
        let rig = try rig { $0.limits.bodyBytes = 400_000 }
        let client = try HTTP2Client(rig)
        let text = String(repeating: "x", count: 390_000)
        let body = #"{"model":"gpt-x","messages":[],"user":"\#(text)"}"#
        let ids = try (0..<6).map { _ in try client.post(body) }
        try client.wait { $0.unsent == 0 }
        for _ in ids {
            let provider = try rig.provider()
            let (_, received) = try provider.readMessage()
            #expect(received.contains(text))
            try provider.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        }
        for id in ids { #expect(try client.answer(id).text == "{}") }
    }

    @Test("The head of a provider's answer that fits in no frame loses its last fields")
    func largeHead() throws {
        let rig = try rig()
        let client = try HTTP2Client(rig)
        let id = try client.post(#"{"model":"gpt-x","messages":[]}"#)
        let provider = try rig.provider()
        _ = try provider.readMessage()
        let long = (0..<30).map { "X-\($0): \(String(repeating: "{", count: 1000))\r\n" }
        try provider.send(
            "HTTP/1.1 200 OK\r\n\(long.joined())Content-Length: 2\r\n\r\n{}")
        let answer = try client.answer(id)
        #expect(answer.status == 200)
        #expect(answer.text == "{}")
        #expect(answer.field("x-0") != nil && answer.field("x-29") == nil)
    }
}
