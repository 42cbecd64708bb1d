import Configuration
import IPC
import Testing

@testable import Worker

@Suite("Requests are bounded, and refused in the client's own error format", .serialized)
struct RequestTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let request: String
        let status: Int
        var contains = #""error":{"message""#
        var records = 0
    }

    static let cases = [
        Case(testDescription: "no key", request: WorkerRig.post(key: nil), status: 401),
        Case(
            testDescription: "wrong key", request: WorkerRig.post(key: "sk-wrong"), status: 401,
            contains: #""code":"invalid_api_key""#),
        Case(
            testDescription: "wrong key, Anthropic",
            request: WorkerRig.post(to: "/v1/messages", key: "sk-wrong"), status: 401,
            contains: #"{"type":"error","error":{"type":"authentication_error""#),
        Case(
            testDescription: "unknown model", request: WorkerRig.post(#"{"model":"nothing"}"#),
            status: 404, contains: #""code":"model_not_found""#, records: 1),
        Case(
            testDescription: "model of the other family",
            request: WorkerRig.post(#"{"model":"gpt-x"}"#, to: "/v1/messages"), status: 404,
            contains: #""type":"not_found_error""#, records: 1),
        Case(
            testDescription: "bad JSON", request: WorkerRig.post(#"{"model":"gpt-x""#), status: 400,
            records: 1),
        Case(
            testDescription: "no model", request: WorkerRig.post("{}"), status: 400, records: 1),
        Case(testDescription: "unknown path", request: WorkerRig.post(to: "/v2/x"), status: 404),
        Case(
            testDescription: "wrong method",
            request: "GET /v1/chat/completions HTTP/1.1\r\nHost: a\r\n\r\n", status: 405),
        Case(
            testDescription: "body too large",
            request: WorkerRig.post(String(repeating: " ", count: 5000)), status: 413, records: 1),
        Case(
            testDescription: "chunked body too large",
            request: "POST /v1/completions HTTP/1.1\r\nHost: a\r\nX-Api-Key: \(WorkerRig.key)\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n1400\r\n"
                + String(repeating: " ", count: 5120) + "\r\n", status: 413, records: 1),
        Case(
            testDescription: "head too large",
            request: "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Pad: "
                + String(repeating: "p", count: 3000) + "\r\n\r\n", status: 431),
        Case(
            testDescription: "endless head",
            request: "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Pad: "
                + String(repeating: "p", count: 3000), status: 431),
        Case(testDescription: "no HTTP", request: "hello there\r\n\r\n", status: 400),
        Case(
            testDescription: "no host", request: "GET /healthz HTTP/1.1\r\n\r\n", status: 400),
        Case(
            testDescription: "length and chunked",
            request: "POST /v1/completions HTTP/1.1\r\nHost: a\r\nX-Api-Key: \(WorkerRig.key)\r\n"
                + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", status: 400),
        Case(
            testDescription: "two lengths",
            request: "POST /v1/completions HTTP/1.1\r\nHost: a\r\nX-Api-Key: \(WorkerRig.key)\r\n"
                + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", status: 400),
        Case(
            testDescription: "bad length",
            request: "POST /v1/completions HTTP/1.1\r\nHost: a\r\nX-Api-Key: \(WorkerRig.key)\r\n"
                + "Content-Length: 5x\r\n\r\n", status: 400),
        Case(
            testDescription: "unknown coding",
            request: "POST /v1/completions HTTP/1.1\r\nHost: a\r\nX-Api-Key: \(WorkerRig.key)\r\n"
                + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", status: 400),
        Case(
            testDescription: "unknown expectation",
            request: WorkerRig.post(headers: ["Expect: miracles"]), status: 417),
    ]

    @Test("Refused requests", arguments: cases)
    func refused(_ test: Case) throws {
        let rig = try WorkerRig {
            $0.limits.headerBytes = 2048
            $0.limits.bodyBytes = 4096
        }
        let client = try rig.client()
        try client.send(test.request)
        let answer = try client.readMessage()
        #expect(answer.head.hasPrefix("HTTP/1.1 \(test.status) "))
        #expect(answer.body.contains(test.contains))
        for text in ["sk-wrong", WorkerRig.key, "nothing", "miracles"] {
            #expect(!answer.body.contains(text))
        }
        if test.records > 0 {
            #expect(try rig.settled().map(\.outcome) == [.rejected])
            #expect(rig.opened.count == 1)
        }
        #expect(!rig.hasDialled)
        #expect(try rig.openStreams == 0)
        // The worker serves on.
        let next = try rig.client()
        try next.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try next.readMessage().body == #"{"status":"ok"}"#)
    }

    @Test("Models are listed in the form of the client's family, for clients with a key")
    func models() throws {
        let rig = try WorkerRig()
        let client = try rig.client()
        let request = "GET /v1/models HTTP/1.1\r\nHost: a\r\nX-Api-Key: \(WorkerRig.key)\r\n"
        try client.send(request + "\r\n")
        let openAI = try client.readMessage().body
        #expect(openAI.contains(#""id":"gpt-renamed""#))
        #expect(openAI.contains(#""object":"list""#))
        #expect(!openAI.contains("*"))
        try client.send(request + "Anthropic-Version: 2023-06-01\r\n\r\n")
        #expect(try client.readMessage().body.contains(#""has_more":false"#))
        try client.send(
            "HEAD /v1/models HTTP/1.1\r\nHost: a\r\nX-Api-Key: \(WorkerRig.key)\r\n\r\n")
        #expect(try client.read(through: "\r\n\r\n").contains("content-length: "))
        try client.send("GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 401 "))
    }

    @Test("A client that waits to be told to go on is told")
    func expectContinue() throws {
        let rig = try WorkerRig()
        let client = try rig.client()
        let request = WorkerRig.post(headers: ["Expect: 100-continue"])
        let end = try #require(request.range(of: "\r\n\r\n")).upperBound
        try client.send(String(request[..<end]))
        #expect(try client.read(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        try client.send(String(request[end...]))
        let provider = try rig.provider()
        let got = try provider.readMessage()
        #expect(!got.head.contains("expect"))
        try provider.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        #expect(try client.readMessage().body == "{}")
    }

    @Test("Requests sent in one go are answered one after the other")
    func pipelined() throws {
        let rig = try WorkerRig()
        let client = try rig.client()
        let health = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        try client.send(health + WorkerRig.post() + health + WorkerRig.post())
        #expect(try client.readMessage().body == #"{"status":"ok"}"#)
        let provider = try rig.provider()
        _ = try provider.readMessage()
        try provider.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        #expect(try client.readMessage().body == "{}")
        #expect(try client.readMessage().body == #"{"status":"ok"}"#)
        _ = try provider.readMessage()
        try provider.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
        #expect(try client.readMessage().body == "[]")
        #expect(try rig.settled(2).count == 2)
    }

    @Test("A client of HTTP/1.0 gets its stream unchunked, to the connection's end")
    func oldClient() throws {
        let rig = try WorkerRig()
        let client = try rig.client()
        try client.send(
            WorkerRig.post().replacing("HTTP/1.1", with: "HTTP/1.0", maxReplacements: 1))
        let provider = try rig.provider()
        _ = try provider.readMessage()
        try provider.send(
            WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.delta("abcd"))
                + WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n")
        let text = try #require(try client.readToEnd())
        #expect(text.hasSuffix("\r\n\r\n" + WorkerRig.delta("abcd") + WorkerRig.done))
        #expect(!text.lowercased().contains("transfer-encoding"))
        #expect(try rig.settled().first?.outcome == .completed)
    }

    @Test("Slow heads and slow bodies are ended", arguments: [true, false])
    func slowRequest(inHead: Bool) throws {
        let rig = try WorkerRig {
            $0.limits.headerTimeout = 200
            $0.limits.bodyTimeout = 200
        }
        let client = try rig.client()
        try client.send(inHead ? "POST /v1/chat" : String(WorkerRig.post().dropLast(5)))
        #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 408 "))
        #expect(try client.readToEnd() == "")
    }

    @Test("A connection without a request ends after its time")
    func idle() throws {
        let rig = try WorkerRig { $0.limits.idleTimeout = 200 }
        let client = try rig.client()
        #expect(try client.readToEnd() == "")
    }

    @Test(
        "In passthrough mode the client's own key goes to the provider, in the client's own field")
    func passthrough() throws {
        let rig = try WorkerRig {
            $0.passthrough = true
            $0.keys = false
        }
        let client = try rig.client()
        try client.send(
            "POST /v1/messages HTTP/1.1\r\nHost: a\r\nX-Api-Key: sk-ant-own\r\nCookie: c=1\r\n"
                + "Connection: keep-alive, x-private\r\nX-Private: 1\r\nContent-Length: 20\r\n\r\n"
                + #"{"model":"claude-x"}"#)
        let provider = try rig.provider()
        let head = try provider.readMessage().head
        #expect(head.contains("x-api-key: sk-ant-own\r\n"))
        #expect(head.contains("anthropic-version: 2023-06-01\r\n"))
        for name in ["authorization", "cookie", "x-private", "connection"] {
            #expect(!head.lowercased().contains("\(name):"))
        }
        try provider.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        #expect(try client.readMessage().body == "{}")
        #expect(try rig.settled().count == 1)
        #expect(rig.opened.first?.key == "passthrough")
    }
}
