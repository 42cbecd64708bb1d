import IPC
import NIOCore
import Testing

@testable import Worker

@Suite("The worker obeys its supervisor and keeps its books", .serialized)
struct DrainTests {
    @Test("Ready, then a pong for each ping with the open streams")
    func control() throws {
        let rig = try WorkerRig()
        #expect(try rig.told() == .ready)
        rig.tell(.ping(7))
        try expectPong(7, openStreams: 0, of: rig)
        let client = try rig.client()
        try client.send(WorkerRig.post())
        let provider = try rig.provider()
        _ = try provider.readMessage()
        rig.tell(.ping(8))
        try expectPong(8, openStreams: 1, of: rig)
        client.close()
        _ = try rig.settled()
    }

    private func expectPong(
        _ number: UInt64, openStreams: UInt32, of rig: WorkerRig
    ) throws {
        guard case .pong(number, openStreams, let residentBytes) = try rig.told() else {
            Issue.record("no pong \(number) with \(openStreams) streams")
            return
        }
        // More than nothing, and less than any machine has.
        #expect((1 << 20..<1 << 40).contains(residentBytes))
    }

    @Test("A drain lets streams finish, ends idle connections, and takes no new ones")
    func drain() throws {
        let rig = try WorkerRig()
        let idle = try rig.client()
        try idle.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try idle.readMessage()
        let (client, provider) = try rig.exchange()
        try provider.send(WorkerRig.streamHead)
        _ = try client.read(through: "\r\n\r\n")
        rig.tell(.drain(milliseconds: 60_000))
        #expect(try idle.readToEnd() == "")
        idle.close()
        try provider.send(
            WorkerRig.chunk(WorkerRig.delta("a")) + WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n")
        #expect(try client.readToEnd()?.contains("[DONE]") == true)
        client.close()
        try rig.server.finished.wait()
        #expect(try rig.settled().first?.outcome == .completed)
    }

    @Test("At the drain's deadline a stream ends with the family's error event, and is settled")
    func deadline() throws {
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.delta("abcd")))
        _ = try client.read(through: "\n\n")
        let waiting = try rig.client()
        try waiting.send(WorkerRig.post())
        let silent = try rig.provider()
        _ = try silent.readMessage()
        rig.tell(.drain(milliseconds: 100))
        let text = try #require(try client.readToEnd())
        #expect(text.hasSuffix("\r\n0\r\n\r\n"))
        #expect(text.contains("shutting_down"))
        #expect(!text.contains("[DONE]"))
        #expect(try waiting.readMessage().head.hasPrefix("HTTP/1.1 503 "))
        client.close()
        waiting.close()
        try rig.server.finished.wait()
        let records = try rig.settled(2)
        #expect(records.map(\.outcome) == [.drained, .drained])
        #expect(records.first?.usage.completionDelivered == 1)
        try provider.waitForEnd()
        try silent.waitForEnd()
    }

    @Test("A second order to drain, with less time, counts")
    func hurry() throws {
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.delta("abcd")))
        _ = try client.read(through: "\n\n")
        rig.tell(.drain(milliseconds: 600_000))
        rig.tell(.drain(milliseconds: 100))
        #expect(try client.readToEnd()?.contains("shutting_down") == true)
        client.close()
        try rig.server.finished.wait()
        #expect(try rig.settled().first?.outcome == .drained)
    }

    @Test("A worker whose supervisor died drains and ends by itself")
    func orphan() throws {
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        rig.hangUp()
        try provider.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        #expect(try client.readToEnd()?.hasSuffix("\r\n\r\n{}") == true)
        client.close()
        try rig.server.finished.wait()
        #expect(try rig.settled().first?.outcome == .completed)
    }

    @Test("Taking over a listening socket does not shorten its queue")
    func backlog() throws {
        let rig = try WorkerRig()
        #expect(rig.backlog >= 512)
    }

    @Test("A full usage channel refuses with 503 and dials nobody; the worker goes on afterwards")
    func fullChannel() throws {
        let rig = try WorkerRig { $0.fillsChannel = true }
        let client = try rig.client()
        try client.send(WorkerRig.post())
        let answer = try client.readMessage()
        #expect(answer.head.hasPrefix("HTTP/1.1 503 "))
        #expect(answer.head.contains("retry-after: "))
        #expect(!rig.hasDialled)
        rig.emptyChannel()
        #expect(try rig.openStreams == 0)
    }

    @Test("Without a free slot in the counters a request is refused")
    func noSlot() throws {
        let rig = try WorkerRig { $0.slots = 1 }
        let client = try rig.client()
        try client.send(WorkerRig.post())
        let provider = try rig.provider()
        _ = try provider.readMessage()
        let second = try rig.client()
        try second.send(WorkerRig.post())
        #expect(try second.readMessage().head.hasPrefix("HTTP/1.1 503 "))
        client.close()
        let records = try rig.settled(2)
        #expect(Set(records.map(\.outcome)) == [.clientGone, .rejected])
        // The slot is free again.
        try second.send(WorkerRig.post())
        _ = try rig.provider().readMessage()
    }

    @Test("The counters follow each flush, and the slot is free once the stream is settled")
    func counters() throws {
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        try rig.collect { !$0.isEmpty }
        let opened = try #require(rig.opened.first)
        let slot = try #require(opened.slot)
        try provider.send(WorkerRig.streamHead)
        var bytes = 0
        for number in 1...5 {
            let chunk = WorkerRig.chunk(WorkerRig.delta("abcd"))
            try provider.send(chunk)
            _ = try client.read(through: "\n\n\r\n")
            bytes += chunk.utf8.count
            // What the client holds is in the counters by the time the loop takes its next task.
            _ = try rig.openStreams
            let counts = try #require(rig.counters.read(slot: slot, stream: opened.stream))
            #expect(counts.chunksFlushed == UInt64(number))
            #expect(counts.bytesFlushed == UInt64(bytes))
            #expect(counts.completionDelivered == UInt64(number))
            #expect(counts.providerAccepted)
        }
        try rig.collect {
            $0.contains {
                if case .progress(let record) = $0 {
                    record.usage.chunksFlushed == 5
                } else {
                    false
                }
            }
        }
        client.close()
        _ = try rig.settled()
        _ = try rig.openStreams
        #expect(rig.counters.read(slot: slot, stream: opened.stream) == nil)
    }
}
