import IPC
import TestTLS
import Testing

@testable import Worker

@Suite("Of HTTP/2 too, delivered is what the client's kernel acknowledged", .serialized)
struct HTTP2DeliveryTests {
    private func rig() throws -> WorkerRig { try WorkerRig { $0.clientsUseTLS = true } }

    private func begin(
        _ rig: WorkerRig, _ client: HTTP2Client
    ) throws -> (id: Int, provider: RawSocket) {
        let id = try client.post()
        let provider = try rig.provider()
        _ = try provider.readMessage()
        try provider.send(WorkerRig.streamHead)
        try client.wait { $0.answers[id]?.status == 200 }
        return (id, provider)
    }

    @Test("One stream is reset: it is billed what was read, and the others go on")
    func oneOfMany() throws {
        let rig = try rig()
        let client = try HTTP2Client(rig)
        let streams = try (0..<5).map { _ in try begin(rig, client) }
        let event = WorkerRig.delta("abcd")
        for round in 1...3 {
            for stream in streams { try stream.provider.send(WorkerRig.chunk(event)) }
            for stream in streams {
                try client.body(stream.id, count: round * event.utf8.count)
            }
        }
        try client.session.reset(streams[2].id)
        try client.push()
        try streams[2].provider.waitForEnd()
        let record = try #require(try rig.settled(1).first)
        #expect(record.outcome == .clientGone)
        #expect(record.usage.bytesAcknowledged == UInt64(3 * event.utf8.count))
        #expect(record.usage.completionDelivered == 3)
        for (index, stream) in streams.enumerated() where index != 2 {
            try stream.provider.send(
                WorkerRig.chunk(event) + WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n")
            let answer = try client.answer(stream.id)
            #expect(
                answer.text == String(repeating: event, count: 4) + WorkerRig.done)
        }
        let records = try rig.settled(5).filter { $0.outcome == .completed }
        #expect(records.count == 4)
        #expect(records.allSatisfy { $0.usage.completionDelivered == 4 })
    }

    @Test(
        "The connection ends: every stream is aborted, and billed what was read",
        arguments: [true, false])
    func connectionEnds(byReset: Bool) throws {
        let rig = try rig()
        let client = try HTTP2Client(rig)
        let streams = try (0..<4).map { _ in try begin(rig, client) }
        let event = WorkerRig.delta("abcd")
        for (index, stream) in streams.enumerated() {
            for count in 0..<index {
                try stream.provider.send(WorkerRig.chunk(event))
                try client.body(stream.id, count: (count + 1) * event.utf8.count)
            }
        }
        // A frame more, so that the last event's acknowledgement has come.
        try client.session.ping()
        try client.push()
        try client.wait { $0.pings == 1 }
        if byReset { client.socket.reset() } else { client.socket.close() }
        for stream in streams { try stream.provider.waitForEnd() }
        let records = try rig.settled(4)
        #expect(records.allSatisfy { $0.outcome == .clientGone })
        #expect(records.map { $0.usage.completionDelivered } == [0, 1, 2, 3])
        #expect(try rig.gauge() == ProviderGauge())
    }

    @Test(
        "A client whose window is full pays for what is in it, and its provider waits",
        arguments: [65_535, 200_000])
    func fullWindow(window: Int) throws {
        let rig = try rig()
        let client = try HTTP2Client(rig, window: window)
        client.session.opensWindows = false
        try client.session.open(1 << 24, on: 0)
        try client.push()
        let (id, provider) = try begin(rig, client)
        let other = try begin(rig, client)
        let event = WorkerRig.delta(String(repeating: " word", count: 100))
        let chunk = Array(WorkerRig.chunk(event).utf8)
        var sent = 0
        // All buffers on the way fill: the provider is not read from any more.
        while provider.isWritable(milliseconds: 300) {
            sent += provider.sendWithoutWaiting(Array(repeating: chunk, count: 20).flatMap { $0 })
            if sent > 64 << 20 { break }
        }
        #expect(sent < 64 << 20)
        try client.body(id, count: window)
        // Another stream is not held up.
        try other.provider.send(
            WorkerRig.chunk(event) + WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n")
        #expect(try client.answer(other.id).text == event + WorkerRig.done)
        try client.session.reset(id)
        try client.push()
        try provider.waitForEnd()
        let record = try #require(try rig.settled(2).first { $0.outcome == .clientGone })
        let answer = try #require(client.session.answers[id])
        #expect(answer.body.count == window)
        #expect(record.usage.bytesAcknowledged == UInt64(window))
        #expect(record.usage.bytesFlushed == UInt64(window))
        let whole = window / event.utf8.count
        #expect(record.usage.completionDelivered == UInt64(whole * 100))
        #expect(answer.frames.allSatisfy { $0 <= 16_384 })
    }

    @Test(
        "A client that reads nothing of its socket is billed what its kernel has, in whole records",
        arguments: [1, 3])
    func stalled(count: Int) throws {
        let rig = try rig()
        let client = try HTTP2Client(rig, window: 1 << 30, receiveBuffer: 16 * 1024)
        try client.session.open(1 << 30, on: 0)
        try client.push()
        let streams = try (0..<count).map { _ in try begin(rig, client) }
        let event = WorkerRig.delta(" word")
        let chunk = Array(WorkerRig.chunk(event).utf8)
        let several = Array(repeating: chunk, count: 40).flatMap { $0 }
        var isMoving = true
        while isMoving {
            isMoving = false
            for stream in streams where stream.provider.isWritable(milliseconds: 100) {
                let sent = stream.provider.sendWithoutWaiting(several)
                // A chunk that was cut is made whole, so that the framing is right.
                isMoving = isMoving || sent > 0
                let rest = sent % chunk.count
                if rest > 0 { _ = stream.provider.sendWithoutWaiting(Array(chunk[rest...])) }
            }
        }
        let readable = try client.socket.peekThroughSession(1 << 22)
        client.session.opensWindows = false
        try client.session.receive(readable)
        client.socket.reset()
        for stream in streams { try stream.provider.waitForEnd() }
        let records = try rig.settled(count)
        var total = 0
        for (stream, record) in zip(streams, records) {
            #expect(record.outcome == .clientGone)
            let acknowledged = Int(try #require(record.usage.bytesAcknowledged))
            // The session gives whole frames: at most one more has come in part.
            let body = client.session.answers[stream.id]?.body.count ?? 0
            #expect(acknowledged <= body + 16_384)
            total += acknowledged
            #expect(Int(record.usage.bytesFlushed) >= acknowledged)
            #expect(Int(record.usage.bytesFlushed) - acknowledged < 256 * 1024)
            let delivered = Int(try #require(record.usage.completionDelivered))
            #expect(delivered <= acknowledged / event.utf8.count)
            // Of thousands of events neighbours are counted as one.
            let merged = Int(record.usage.bytesFlushed) / 128 / event.utf8.count + 1
            #expect(acknowledged / event.utf8.count - delivered <= merged)
        }
        #expect(total > 1000)
    }

    @Test("A provider that breaks off: the client gets the error event and the stream's end")
    func brokenOff() throws {
        let rig = try rig()
        let client = try HTTP2Client(rig)
        let (id, provider) = try begin(rig, client)
        try provider.send(WorkerRig.chunk(WorkerRig.delta("abcd")))
        try client.body(id, count: 1)
        provider.reset()
        let answer = try client.answer(id)
        #expect(answer.isEnded)
        #expect(answer.text.contains("provider_failed"))
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .providerFailed)
        #expect(record.usage.completionDelivered == 1)
    }
}
