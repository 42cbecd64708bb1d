import Foundation
import IPC
import Testing

@testable import Worker

@Suite("What a provider sends reaches the client, and is on the bill", .serialized)
struct RelayTests {
    @Test("A stream's bytes are the provider's, its usage chunk hidden")
    func streamIsRelayed() throws {
        let rig = try WorkerRig()
        let client = try rig.client()
        try client.send(WorkerRig.post())
        let provider = try rig.provider()
        let request = try provider.readMessage()
        #expect(request.head.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
        #expect(request.head.contains("authorization: Bearer \(WorkerRig.providerKey)\r\n"))
        #expect(request.head.contains("accept-encoding: identity\r\n"))
        #expect(!request.head.contains(WorkerRig.key))
        #expect(request.body.contains(#""include_usage":true"#))
        try provider.send(WorkerRig.streamHead)
        let head = try client.read(through: "\r\n\r\n").lowercased()
        #expect(head.hasPrefix("http/1.1 200 ok\r\n"))
        #expect(head.contains("x-accel-buffering: no\r\n"))
        #expect(head.contains("cache-control: no-cache\r\n"))
        for text in ["Hello", " wor", "ld"] {
            let chunk = WorkerRig.chunk(WorkerRig.delta(text))
            try provider.send(chunk)
            #expect(try client.read(count: chunk.utf8.count) == Array(chunk.utf8))
        }
        try provider.send(WorkerRig.chunk(WorkerRig.usageEvent))
        let end = WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n"
        try provider.send(end)
        #expect(try client.read(through: "0\r\n\r\n") == end)
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .completed)
        #expect(record.status == 200)
        #expect(record.usage.promptReported == 7)
        #expect(record.usage.completionReported == 2)
        #expect(record.usage.chunksFlushed == 4)
        // "Hello", " world", whatever the fragments.
        #expect(record.usage.completionDelivered == 2)
        #expect(record.usage.completionProduced == 2)
        #expect(record.usage.providerAccepted)
        #expect(record.usage.firstByteNanoseconds != nil)
        #expect(rig.opened.count == 1)
        #expect(rig.opened.first?.key == "app")
        #expect(try rig.openStreams == 0)
    }

    @Test("A provider that sends all at once: every byte arrives, and every event is counted")
    func allAtOnce() throws {
        // Found by a load test: the flush within a write made the client writable again before the
        // provider had been stopped, which was then never started again.
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        try provider.send(WorkerRig.streamHead)
        let event = WorkerRig.delta(String(repeating: "w", count: 100))
        let several = String(repeating: WorkerRig.chunk(event), count: 100)
        let rounds = 200
        let sender = Thread {
            for _ in 0..<rounds { try? provider.send(several) }
            try? provider.send(WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n")
        }
        sender.start()
        let body = try client.readMessage().body
        #expect(body.utf8.count == event.utf8.count * rounds * 100 + WorkerRig.done.utf8.count)
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .completed)
        #expect(record.usage.chunksFlushed == UInt64(rounds * 100 + 1))
        #expect(record.usage.completionDelivered == record.usage.completionProduced)
    }

    @Test("A whole answer keeps its length, and both connections serve the next request")
    func keepAlive() throws {
        let rig = try WorkerRig()
        let client = try rig.client()
        let answer =
            #"{"choices":[{"index":0,"message":{"content":"Hi"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#
        var provider: RawSocket?
        for _ in 0..<3 {
            try client.send(WorkerRig.post(#"{"model":"gpt-renamed","messages":[]}"#))
            let connection = try provider ?? rig.provider()
            provider = connection
            #expect(try connection.readMessage().body == #"{"model":"gpt-real","messages":[]}"#)
            try connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: r1\r\n"
                    + "Set-Cookie: a=b\r\nX-Echo: \(WorkerRig.providerKey)\r\nConnection: x-hop\r\n"
                    + "X-Hop: 1\r\nContent-Length: \(answer.utf8.count)\r\n\r\n\(answer)")
            let got = try client.readMessage()
            #expect(got.body == answer)
            #expect(got.head.lowercased().contains("x-request-id: r1"))
            for name in ["set-cookie", "x-echo", "x-hop", "connection"] {
                #expect(!got.head.lowercased().contains(name))
            }
        }
        let records = try rig.settled(3)
        #expect(records.map(\.outcome) == [.completed, .completed, .completed])
        #expect(records.map(\.usage.completionReported) == [1, 1, 1])
        #expect(rig.opened.map(\.providerModel) == ["gpt-real", "gpt-real", "gpt-real"])
    }
}
