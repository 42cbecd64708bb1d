import Configuration
import IPC
import Testing

@testable import Worker

@Suite("A provider that fails ends in the family's own way", .serialized)
struct ProviderFailureTests {
    private func stream(
        _ rig: WorkerRig, to path: String = "/v1/chat/completions", model: String = "gpt-x"
    )
        throws -> (RawSocket, RawSocket)
    {
        let client = try rig.client()
        try client.send(
            WorkerRig.post(#"{"model":"\#(model)","stream":true,"messages":[]}"#, to: path))
        let provider = try rig.provider()
        _ = try provider.readMessage()
        return (client, provider)
    }

    @Test("Truncation in mid-stream: an error event, a proper end, no [DONE]")
    func truncated() throws {
        let rig = try WorkerRig()
        let (client, provider) = try stream(rig)
        try provider.send(
            WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.delta("abcd")) + "50\r\ndata: {\"cho")
        provider.close()
        let text = try #require(try client.readToEnd())
        #expect(text.hasSuffix("\r\n0\r\n\r\n"))
        #expect(text.contains(#"data: {"error":{"#))
        #expect(!text.contains("[DONE]"))
        #expect(!text.contains(#"data: {"cho"# + "0"))
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .providerFailed)
        #expect(record.reason == "truncated")
        #expect(record.usage.completionDelivered == 1)
    }

    @Test("A reset in mid-stream of messages: Anthropic's error event")
    func resetMessages() throws {
        let rig = try WorkerRig()
        let (client, provider) = try stream(rig, to: "/v1/messages", model: "claude-x")
        let start =
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n"
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk(start))
        _ = try client.read(through: "\n\n")
        provider.reset()
        let text = try #require(try client.readToEnd())
        #expect(
            text.contains(
                "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\""))
        #expect(text.hasSuffix("\r\n0\r\n\r\n"))
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .providerFailed)
        #expect(record.usage.promptReported == 25)
    }

    @Test("Silence in mid-stream")
    func silence() throws {
        let rig = try WorkerRig { $0.limits.streamIdleTimeout = 200 }
        let (client, provider) = try stream(rig)
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.delta("abcd")))
        let text = try #require(try client.readToEnd())
        #expect(text.hasSuffix("\r\n0\r\n\r\n"))
        try provider.waitForEnd()
        #expect(try rig.settled().first?.outcome == .providerTimeout)
    }

    @Test("No answer in time: 504")
    func noHead() throws {
        let rig = try WorkerRig { $0.limits.responseTimeout = 200 }
        let (client, provider) = try stream(rig)
        let answer = try client.readMessage()
        #expect(answer.head.hasPrefix("HTTP/1.1 504 "))
        try provider.waitForEnd()
        #expect(try rig.settled().first?.outcome == .providerTimeout)
        #expect(try rig.settled().first?.status == 504)
    }

    @Test(
        "A provider that closes without an answer: 502, once; nothing that is no answer is relayed")
    func noAnswer() throws {
        let rig = try WorkerRig()
        let (client, provider) = try stream(rig)
        provider.close()
        #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 502 "))
        #expect(!rig.hasDialled)
        try client.send(WorkerRig.post())
        let second = try rig.provider()
        _ = try second.readMessage()
        try second.send("SSH-2.0-nothing\r\n\r\n")
        #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 502 "))
        let records = try rig.settled(2)
        #expect(records.map(\.outcome) == [.providerFailed, .providerFailed])
        #expect(records.map(\.reason) == ["provider_closed", "bad_head"])
    }

    @Test("A provider that cannot be reached: 502")
    func unreachable() throws {
        let rig = try WorkerRig()
        rig.stopProvider()
        let client = try rig.client()
        try client.send(WorkerRig.post())
        #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 502 "))
        #expect(try rig.settled().first?.reason == "connect_failed")
    }

    @Test("A provider's own error is relayed unchanged")
    func providerError() throws {
        let rig = try WorkerRig()
        let (client, provider) = try stream(rig)
        let body = #"{"error":{"message":"slow down","type":"rate_limit"}}"#
        try provider.send(
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let answer = try client.readMessage()
        #expect(answer.head.hasPrefix("HTTP/1.1 429 "))
        #expect(answer.head.lowercased().contains("retry-after: 7"))
        #expect(answer.body == body)
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .providerError)
        #expect(record.status == 429)
    }

    @Test("A kept-alive connection that died is replaced once, unseen")
    func retry() throws {
        let rig = try WorkerRig()
        let (client, provider) = try stream(rig)
        try provider.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        _ = try client.readMessage()
        try client.send(WorkerRig.post())
        _ = try provider.readMessage()
        provider.reset()
        let fresh = try rig.provider()
        _ = try fresh.readMessage()
        try fresh.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        #expect(try client.readMessage().body == "{}")
        #expect(try rig.settled(2).map(\.outcome) == [.completed, .completed])
    }

    @Test("A clean end without the terminal event: no fake one, and the record says so")
    func noTerminalEvent() throws {
        let rig = try WorkerRig()
        let (client, provider) = try stream(rig)
        let body = WorkerRig.chunk(WorkerRig.delta("abcd")) + "0\r\n\r\n"
        try provider.send(WorkerRig.streamHead + body)
        _ = try client.read(through: "\r\n\r\n")
        #expect(try client.read(count: body.utf8.count) == Array(body.utf8))
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .providerFailed)
        #expect(record.reason == "no_terminal_event")
    }

    @Test("Without [DONE] but with usage, a chat stream was whole")
    func usageInsteadOfDone() throws {
        let rig = try WorkerRig()
        let (client, provider) = try stream(rig)
        try provider.send(
            WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.delta("abcd"))
                + WorkerRig.chunk(WorkerRig.usageEvent) + "0\r\n\r\n")
        #expect(try client.readMessage().body == WorkerRig.delta("abcd"))
        #expect(try rig.settled().first?.outcome == .completed)
    }

    @Test("An error event inside a 200 is an error")
    func errorEvent() throws {
        let rig = try WorkerRig()
        let (client, provider) = try stream(rig)
        let event = "data: {\"error\":{\"message\":\"overloaded\",\"code\":529},\"choices\":[]}\n\n"
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk(event) + "0\r\n\r\n")
        #expect(try client.readMessage().body == event)
        #expect(try rig.settled().first?.outcome == .providerError)
    }

    @Test("A whole answer that is cut: the connection ends short, so the client can tell")
    func cutDocument() throws {
        let rig = try WorkerRig()
        let (client, provider) = try stream(rig)
        try provider.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"choices\"")
        _ = try client.read(through: "choices\"")
        provider.close()
        #expect(try client.readToEnd() == "")
        #expect(try rig.settled().first?.outcome == .providerFailed)
    }

    @Test("A provider that holds its connection open behind [DONE] does not hold the client")
    func lingering() throws {
        let rig = try WorkerRig()
        let (client, provider) = try stream(rig)
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.done))
        // Settled at once, the body ended after the grace.
        #expect(try rig.settled().first?.outcome == .completed)
        #expect(try client.readMessage().body == WorkerRig.done)
        try provider.waitForEnd()
        #expect(try rig.openStreams == 0)
    }
}
