import Configuration
import IPC
import Testing

@testable import Worker

@Suite(
    "A client that closes its sending side is one that left, or is served, as configured",
    .serialized)
struct HalfClosedTests {
    private static let whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    /// A client and its provider in the middle of a stream.
    private func streaming(_ rig: WorkerRig) throws -> (client: RawSocket, provider: RawSocket) {
        let (client, provider) = try rig.exchange()
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.delta("abcd")))
        _ = try client.read(through: "\n\n\r\n")
        return (client, provider)
    }

    // MARK: It has left

    @Test("By default its stream is aborted, although the provider says nothing more")
    func aborts() throws {
        let rig = try WorkerRig()
        let (client, provider) = try streaming(rig)
        client.shutDownSending()
        try provider.waitForEnd()
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .clientGone)
        #expect(record.usage.completionDelivered == 1)
        #expect(try rig.gauge() == ProviderGauge())
    }

    @Test(
        "Also where what it sent behind its request stands before its end",
        arguments: [0, 1000, 8 << 20])
    func abortsBehindRequests(size: Int) throws {
        let rig = try WorkerRig()
        let (client, provider) = try streaming(rig)
        // A second request, which a worker that leaves it unread would let stand before the end for good.
        let body = String(repeating: "x", count: size)
        try client.send(WorkerRig.post(body))
        client.shutDownSending()
        try provider.waitForEnd()
        #expect(try rig.settled().first?.outcome == .clientGone)
        #expect(try rig.openStreams == 0)
        #expect(rig.opened.count == 1)
    }

    @Test("More than a little behind a request ends the connection with its answer")
    func muchBehind() throws {
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        // More than all buffers on the way hold: when it is sent, the worker has read more than a little.
        try client.send(WorkerRig.post(String(repeating: "x", count: 24 << 20)))
        try provider.send(Self.whole)
        #expect(try client.readMessage().body == "{}")
        #expect(try client.readToEnd() == "")
        #expect(try rig.settled().first?.outcome == .completed)
        #expect(rig.opened.count == 1)
    }

    // MARK: It is served

    @Test("It gets its stream to the end, and then the connection's", arguments: [true, false])
    func serves(beforeHead: Bool) throws {
        let rig = try WorkerRig { $0.halfClosedClients = .serve }
        let (client, provider) = try rig.exchange()
        if beforeHead { client.shutDownSending() }
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.delta("abcd")))
        let head = try client.read(through: "\r\n\r\n")
        if !beforeHead { client.shutDownSending() }
        // The worker has seen it by now, or it sees it later: nothing of the answer depends on that.
        _ = try rig.openStreams
        for _ in 0..<2 {
            try provider.send(WorkerRig.chunk(WorkerRig.delta("abcd")))
            _ = try client.read(through: WorkerRig.delta("abcd"))
        }
        try provider.send(WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n")
        let rest = try #require(try client.readToEnd())
        #expect(rest.hasSuffix(WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n"))
        #expect(head.hasPrefix("HTTP/1.1 200 "))
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .completed)
        #expect(record.usage.completionDelivered == 3)
        #expect(try rig.gauge() == ProviderGauge(idle: 1))
    }

    @Test("A large answer is not cut off at the end")
    func largeAnswer() throws {
        let rig = try WorkerRig { $0.halfClosedClients = .serve }
        let (client, provider) = try rig.exchange()
        client.shutDownSending()
        let body = String(repeating: "0123456789", count: 100_000)
        try provider.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        #expect(try client.readToEnd()?.hasSuffix("\r\n\r\n\(body)") == true)
        #expect(try rig.settled().first?.outcome == .completed)
    }

    @Test("Whole requests that came before the end are answered, too")
    func pipelined() throws {
        let rig = try WorkerRig { $0.halfClosedClients = .serve }
        let client = try rig.client()
        try client.send(WorkerRig.post() + WorkerRig.post())
        client.shutDownSending()
        let provider = try rig.provider()
        for _ in 0..<2 {
            _ = try provider.readMessage()
            try provider.send(Self.whole)
            #expect(try client.readMessage().body == "{}")
        }
        #expect(try client.readToEnd() == "")
        #expect(try rig.settled(2).map(\.outcome) == [.completed, .completed])
    }

    @Test("One that has really left is noticed when something is written to it")
    func closedAfterwards() throws {
        let rig = try WorkerRig { $0.halfClosedClients = .serve }
        let (client, provider) = try streaming(rig)
        client.close()
        try provider.send(WorkerRig.chunk(WorkerRig.delta("abcd")))
        try provider.waitForEnd()
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .clientGone)
        // What was written after it had left was not delivered.
        #expect(record.usage.completionDelivered == 1)
        #expect(record.usage.completionProduced == 2)
        #expect(try rig.gauge() == ProviderGauge())
    }

    @Test("A reset is noticed at once, although the provider is silent")
    func resetAfterwards() throws {
        let rig = try WorkerRig { $0.halfClosedClients = .serve }
        let (client, provider) = try streaming(rig)
        client.shutDownSending()
        _ = try rig.openStreams
        client.reset()
        try provider.waitForEnd()
        #expect(try rig.settled().first?.outcome == .clientGone)
        #expect(try rig.gauge() == ProviderGauge())
    }

    @Test("Without a whole request there is nothing to serve")
    func nothingToServe() throws {
        let rig = try WorkerRig { $0.halfClosedClients = .serve }
        for text in ["", "POST /v1/chat", String(WorkerRig.post().dropLast(5))] {
            let client = try rig.client()
            if !text.isEmpty { try client.send(text) }
            client.shutDownSending()
            let answer = try #require(try client.readToEnd())
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "), "\(text): \(answer)")
        }
        #expect(!rig.hasDialled)
        #expect(!rig.hasRecords)
    }

    @Test("An answer that breaks off ends as it should")
    func breaksOff() throws {
        let rig = try WorkerRig { $0.halfClosedClients = .serve }
        let (client, provider) = try streaming(rig)
        client.shutDownSending()
        _ = try rig.openStreams
        provider.close()
        let rest = try #require(try client.readToEnd())
        #expect(rest.hasSuffix("\r\n0\r\n\r\n"))
        #expect(try rig.settled().first?.outcome == .providerFailed)
        #expect(try rig.settled().first?.usage.completionDelivered == 1)
    }
}
