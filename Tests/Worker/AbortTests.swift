import Configuration
import IPC
import Testing

@testable import Worker

@Suite("A client that leaves aborts the provider at once, in every phase", .serialized)
struct AbortTests {
    private func expectGone(_ rig: WorkerRig, tokens: UInt64 = 0) throws {
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .clientGone)
        #expect(record.usage.completionDelivered == tokens)
        #expect(try rig.openStreams == 0)
    }

    @Test("While the provider has not answered", arguments: [true, false])
    func beforeHead(byReset: Bool) throws {
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        if byReset { client.reset() } else { client.close() }
        try provider.waitForEnd()
        try expectGone(rig)
    }

    @Test("After the head, before the first event")
    func afterHead() throws {
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        try provider.send(WorkerRig.streamHead)
        _ = try client.read(through: "\r\n\r\n")
        client.close()
        try provider.waitForEnd()
        try expectGone(rig)
        #expect(try rig.settled().first?.usage.providerAccepted == true)
        #expect(try rig.settled().first?.status == 200)
    }

    @Test("Between events: what was acknowledged is delivered", arguments: [true, false])
    func betweenEvents(byReset: Bool) throws {
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        try provider.send(WorkerRig.streamHead)
        _ = try client.read(through: "\r\n\r\n")
        for _ in 0..<3 {
            try provider.send(WorkerRig.chunk(WorkerRig.delta("abcd")))
            _ = try client.read(through: "\n\n")
        }
        _ = try client.read(through: "\r\n")
        if byReset { client.reset() } else { client.close() }
        try provider.waitForEnd()
        try expectGone(rig, tokens: 3)
        let usage = try #require(try rig.settled().first).usage
        #expect(usage.chunksFlushed == 3)
        #expect(usage.bytesAcknowledged == usage.bytesFlushed)
    }

    @Test("Right after the terminal line: the stream is complete")
    func afterTerminal() throws {
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk("data: [DONE]\n"))
        _ = try client.read(through: "[DONE]\n")
        client.reset()
        try provider.waitForEnd()
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .completed)
        #expect(record.usage.chunksFlushed == 1)
    }

    @Test("With the whole answer in the kernel, unread: it is charged what it acknowledged")
    func unreadEnd() throws {
        let rig = try WorkerRig()
        let client = try rig.client(receiveBuffer: 4096)
        try client.send(WorkerRig.post())
        let provider = try rig.provider()
        _ = try provider.readMessage()
        let event = WorkerRig.chunk(WorkerRig.delta(String(repeating: " word", count: 800)))
        let done = WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n"
        try provider.send(
            WorkerRig.streamHead + String(repeating: event, count: 3)
                + WorkerRig.chunk(WorkerRig.usageEvent) + done)
        // The connection is given back when the answer is over.
        let second = try rig.client()
        try second.send(WorkerRig.post())
        _ = try provider.readMessage()
        client.reset()
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .clientGone)
        let acknowledged = try #require(record.usage.bytesAcknowledged)
        #expect(acknowledged < record.usage.bytesFlushed)
        #expect(
            record.usage.completionDelivered == acknowledged / UInt64(event.utf8.count) * 800)
    }

    @Test("While it is too slow to read: memory is bounded, delivered is what was acknowledged")
    func slowReader() throws {
        let rig = try WorkerRig()
        let client = try rig.client(receiveBuffer: 4096)
        try client.send(WorkerRig.post())
        let provider = try rig.provider()
        _ = try provider.readMessage()
        try provider.send(WorkerRig.streamHead)
        _ = try client.read(through: "\r\n\r\n")
        // A token each, wherever the text is cut.
        let event = WorkerRig.delta(String(repeating: " word", count: 800))
        let chunk = Array(WorkerRig.chunk(event).utf8)
        // The provider sends until nothing goes any more: every buffer on the way is full.
        var sent = 0
        var stalls = 0
        var entry = pollEntry(provider.descriptor)
        while stalls < 3 {
            guard waitWritable(&entry, milliseconds: 300) else {
                stalls += 1
                continue
            }
            let n = provider.sendWithoutWaiting(chunk)
            if n > 0 { sent += n }
            #expect(sent < 64 << 20)
        }
        client.reset()
        try provider.waitForEnd()
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .clientGone)
        let acknowledged = try #require(record.usage.bytesAcknowledged)
        #expect(acknowledged <= record.usage.bytesFlushed)
        #expect(record.usage.completionDelivered == acknowledged / UInt64(chunk.count) * 800)
        // What this process accepted beyond the client's kernel is small.
        #expect(record.usage.bytesFlushed - acknowledged < 256 * 1024)
    }

    @Test("While the connection to the provider is being made")
    func whileConnecting() throws {
        // A provider whose queue of connections is full never completes another one.
        let rig = try WorkerRig { $0.fillsProviderQueue = true }
        let client = try rig.client()
        try client.send(WorkerRig.post())
        try rig.collect { !$0.isEmpty }
        client.close()
        try expectGone(rig)
    }
}
