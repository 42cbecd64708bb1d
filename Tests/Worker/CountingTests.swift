import Configuration
import IPC
import Testing
import Tokenization

@testable import Worker

@Suite("What is counted is on record with what it was counted by")
struct CountingTests {
    private static let claudeStream = [
        #"event: message_start"# + "\n"
            + #"data: {"type":"message_start","message":{"usage":{"input_tokens":33,"output_tokens":1}}}"#
            + "\n\n",
        #"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Привет, "}}"#
            + "\n\n",
        #"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"мир"}}"#
            + "\n\n",
    ]

    private static let claudePost = WorkerRig.post(
        #"{"model":"claude-opus-4-6","stream":true,"messages":[{"role":"user","content":"Hello there"}]}"#,
        to: "/v1/messages")

    @Test(
        "An Anthropic stream that is cut has the provider's count of its prompt, and the script of its text"
    )
    func cutStream() throws {
        let rig = try WorkerRig()
        let client = try rig.client()
        try client.send(Self.claudePost)
        let provider = try rig.provider()
        _ = try provider.readMessage()
        try provider.send(WorkerRig.streamHead)
        _ = try client.read(through: "\r\n\r\n")
        for event in Self.claudeStream {
            let chunk = WorkerRig.chunk(event)
            try provider.send(chunk)
            _ = try client.read(count: chunk.utf8.count)
        }
        client.close()
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .clientGone)
        #expect(record.usage.promptReported == 33)
        #expect(record.usage.countSource == .estimated)
        #expect(record.usage.completionScript == .otherScript)
        #expect(record.usage.completionIsText)
        let expected = try Vocabularies()[.claude].count("Привет, мир")
        #expect(record.usage.completionProduced == UInt64(expected))
        #expect(record.usage.completionDelivered == UInt64(expected))
        #expect(rig.opened.first?.promptBasis?.script == .latin)
        #expect(rig.opened.first?.promptBasis?.isTextOnly == true)
    }

    @Test("With the provider's own tokenizer the counts say so, until a tool is called")
    func ownTokenizer() throws {
        let rig = try WorkerRig()
        let answers: [(String, CountSource)] = [
            (#"{"choices":[{"message":{"content":"Hello world"}}]}"#, .counted),
            (
                #"{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]}"#,
                .estimated
            ),
        ]
        let client = try rig.client()
        var provider: RawSocket?
        for (answer, _) in answers {
            try client.send(
                WorkerRig.post(#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]}"#))
            let connection = try provider ?? rig.provider()
            provider = connection
            _ = try connection.readMessage()
            try connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                    + "\(answer.utf8.count)\r\n\r\n\(answer)")
            _ = try client.readMessage()
        }
        let records = try rig.settled(2)
        #expect(records.map(\.usage.countSource) == answers.map(\.1))
        #expect(
            records.map { $0.usage.promptSource ?? $0.usage.countSource } == [.counted, .counted])
        #expect(records.map(\.usage.promptProduced) == [8, 8])
        #expect(records[0].usage.completionProduced == 2)
        #expect(rig.opened.map(\.countSource) == [.counted, .counted])
        #expect(rig.opened.allSatisfy { $0.promptBasis == nil })
    }

    @Test("A count of tokens is answered here where the configuration says so, and is on record")
    func localCount() throws {
        let rig = try WorkerRig { $0.countsLocally = true }
        let client = try rig.client()
        let body = #"{"model":"claude-2.1","messages":[{"role":"user","content":"Hello there"}]}"#
        for _ in 0..<2 {
            try client.send(WorkerRig.post(body, to: "/v1/messages/count_tokens"))
            let answer = try client.readMessage()
            #expect(answer.head.hasPrefix("HTTP/1.1 200 "))
            let texts = try Vocabularies()[.claude].count("Hello there")
            let expected = texts + 8
            #expect(answer.body == "{\"input_tokens\":\(expected)}")
        }
        let records = try rig.settled(2)
        #expect(records.allSatisfy { $0.outcome == .completed && $0.status == 200 })
        #expect(records.allSatisfy { $0.usage.promptProduced ?? 0 > 8 })
        #expect(rig.opened.allSatisfy { $0.endpoint == .countTokens && $0.provider == "anthropic" })
        #expect(!rig.hasDialled)
        // Other requests go to the provider as before.
        try client.send(Self.claudePost)
        _ = try rig.provider().readMessage()
    }

    @Test("A count of tokens is relayed otherwise")
    func relayedCount() throws {
        let rig = try WorkerRig()
        let client = try rig.client()
        try client.send(
            WorkerRig.post(
                #"{"model":"claude-2.1","messages":[]}"#, to: "/v1/messages/count_tokens"))
        let provider = try rig.provider()
        #expect(try provider.readMessage().head.hasPrefix("POST /v1/messages/count_tokens "))
        try provider.send("HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"input_tokens\":1}")
        #expect(try client.readMessage().body == "{\"input_tokens\":1}")
    }
}
