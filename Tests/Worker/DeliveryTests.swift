import Glibc
import IPC
import TestTLS
import Testing

@testable import Worker

@Suite(
    "Delivered is what the client's kernel acknowledged, on every kind of connection", .serialized)
struct DeliveryTests {
    enum Wire: CaseIterable, Sendable {
        case plain, tls13, tls12

        func rig() throws -> WorkerRig { try WorkerRig { $0.clientsUseTLS = self != .plain } }

        func client(_ rig: WorkerRig, receiveBuffer: Int32? = nil) throws -> RawSocket {
            self == .plain
                ? try rig.client(receiveBuffer: receiveBuffer)
                : try rig.secureClient(receiveBuffer: receiveBuffer, only12: self == .tls12)
        }
    }

    /// The client's next request has arrived at the provider, which has sent the head of a stream.
    private func begin(
        _ client: RawSocket, _ rig: WorkerRig, _ provider: RawSocket?
    ) throws -> RawSocket {
        try client.send(WorkerRig.post())
        let provider = try provider ?? rig.provider()
        _ = try provider.readMessage()
        try provider.send(WorkerRig.streamHead)
        _ = try client.read(through: "\r\n\r\n")
        return provider
    }

    /// So many streams from beginning to end.
    private func finish(
        _ count: Int, _ client: RawSocket, _ rig: WorkerRig
    ) throws -> RawSocket? {
        var provider: RawSocket?
        for _ in 0..<count {
            let connection = try begin(client, rig, provider)
            provider = connection
            let body =
                WorkerRig.chunk(WorkerRig.delta("abcd")) + WorkerRig.chunk(WorkerRig.done)
                + "0\r\n\r\n"
            try connection.send(body)
            #expect(try client.read(through: "0\r\n\r\n") == body)
        }
        return provider
    }

    @Test(
        "Three events that were read, alone and behind earlier answers",
        arguments: Wire.allCases, [0, 2])
    func exact(wire: Wire, earlier: Int) throws {
        let rig = try wire.rig()
        let client = try wire.client(rig)
        if wire != .plain { #expect(client.agreedProtocol == "http/1.1") }
        let provider = try begin(client, rig, try finish(earlier, client, rig))
        var bytes = 0
        for _ in 0..<3 {
            let chunk = WorkerRig.chunk(WorkerRig.delta("abcd"))
            try provider.send(chunk)
            _ = try client.read(through: "\n\n\r\n")
            bytes += chunk.utf8.count
        }
        client.reset()
        try provider.waitForEnd()
        let record = try #require(try rig.settled(earlier + 1).last)
        #expect(record.outcome == .clientGone)
        #expect(record.usage.chunksFlushed == 3)
        #expect(record.usage.bytesFlushed == UInt64(bytes))
        #expect(record.usage.bytesAcknowledged == UInt64(bytes))
        #expect(record.usage.completionDelivered == 3)
    }

    @Test(
        "A client that reads nothing is billed what its kernel has, in whole records",
        arguments: Wire.allCases, [1, 800])
    func stalled(wire: Wire, words: Int) throws {
        let rig = try wire.rig()
        let client = try wire.client(rig, receiveBuffer: 16 * 1024)
        let provider = try begin(client, rig, try finish(1, client, rig))
        // A token each, wherever the text is cut.
        let event = WorkerRig.delta(String(repeating: " word", count: words))
        let chunk = Array(WorkerRig.chunk(event).utf8)
        try fill(provider, with: chunk)
        let received = client.bytesReceived
        let readable = try client.peekThroughSession(1 << 22)
        client.reset()
        try provider.waitForEnd()
        let record = try #require(try rig.settled(2).last)
        #expect(record.outcome == .clientGone)
        let acknowledged = Int(try #require(record.usage.bytesAcknowledged))
        #expect(acknowledged <= readable.count)
        #expect(acknowledged <= Int(received))
        #expect(readable.count > 1000)
        #expect(Int(record.usage.bytesFlushed) >= acknowledged)
        // Whatever the record has, it is whole events of what the client could have read.
        let delivered = Int(try #require(record.usage.completionDelivered))
        let events = RawSocket.undoChunks(readable).ranges(of: [10, 10]).count
        let most = events * words
        #expect(delivered <= most)
        // Of thousands of events neighbours are counted as one.
        let under = Int(record.usage.bytesFlushed) - acknowledged + readable.count
        #expect(most - delivered <= (under / 128 / (chunk.count - 6) + 1) * words)
        // Bounded by the low-water mark, the channel's own and one round of reads.
        #expect(Int(record.usage.bytesFlushed) - acknowledged < 256 * 1024)
    }

    /// Sends until nothing goes any more: every buffer on the way is full.
    private func fill(_ provider: RawSocket, with chunk: [UInt8]) throws {
        let several = (0..<max(1, 4096 / chunk.count)).flatMap { _ in chunk }
        var rest = several[...]
        var sent = 0
        var stalls = 0
        var entry = pollEntry(provider.descriptor)
        while stalls < 3 {
            guard waitWritable(&entry, milliseconds: 300) else {
                stalls += 1
                continue
            }
            let n = max(0, provider.sendWithoutWaiting(Array(rest)))
            rest = rest.dropFirst(n)
            if rest.isEmpty { rest = several[...] }
            sent += n
            #expect(sent < 64 << 20)
        }
    }

    @Test("A slow reader of everything gets everything, and pays for it", arguments: Wire.allCases)
    func slowAndWhole(wire: Wire) throws {
        let rig = try wire.rig()
        let client = try wire.client(rig, receiveBuffer: 8 * 1024)
        let provider = try begin(client, rig, nil)
        let chunk = WorkerRig.chunk(WorkerRig.delta(String(repeating: " word", count: 100)))
        let body = String(repeating: chunk, count: 2_000)
        let end = WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n"
        let sender = Sender { try provider.send(body + end) }
        let read = try client.nibble(through: "0\r\n\r\n", bite: 4_000)
        try sender.wait()
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .completed)
        #expect(record.usage.completionDelivered == 200_000)
        #expect(record.usage.completionProduced == 200_000)
        #expect(record.usage.bytesFlushed == UInt64(read))
    }

    @Test("On a Unix socket, what was written is delivered", arguments: [Wire.plain, .tls13])
    func unixSocket(wire: Wire) throws {
        var template = Array("/tmp/dd0c-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        defer {
            unlink("\(folder)/s")
            rmdir(folder)
        }
        let rig = try WorkerRig {
            $0.path = "\(folder)/s"
            $0.clientsUseTLS = wire != .plain
        }
        let client = try RawSocket.connect(path: "\(folder)/s")
        if wire != .plain {
            try client.secure(TLSSession(trusting: TestIdentity.certificate))
        }
        let provider = try begin(client, rig, try finish(1, client, rig))
        try provider.send(
            String(repeating: WorkerRig.chunk(WorkerRig.delta("abcd")), count: 3))
        // The client reads none of it.
        try rig.collect { records in
            records.contains {
                if case .progress(let record) = $0 {
                    record.usage.chunksFlushed == 3
                } else {
                    false
                }
            }
        }
        client.close()
        try provider.waitForEnd()
        let record = try #require(try rig.settled(2).last)
        #expect(record.outcome == .clientGone)
        #expect(record.usage.chunksFlushed == 3)
        #expect(record.usage.completionDelivered == 3)
        #expect(record.usage.bytesAcknowledged == nil)
    }
}
