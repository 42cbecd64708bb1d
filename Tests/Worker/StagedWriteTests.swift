import Foundation
import Testing

@testable import Worker

@Suite("Bytes reach the client in order, past the channel and through it")
struct StagedWriteTests {
    /// Small events one by one, so that the socket takes most of them itself, between large ones that fill
    /// it up, so that the rest stands in line in the channel.
    private static let events = (0..<2_000).map { number in
        let text = String(repeating: " word\(number)", count: number % 40 == 0 ? 2_000 : 3)
        return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(text)\"}}]}\n\n"
    }

    @Test(
        "However small the client's socket is, the body is the provider's",
        arguments: [Int32(4_096), 65_536, 1_048_576])
    func order(receiveBuffer: Int32) throws {
        let rig = try WorkerRig()
        let client = try rig.client(receiveBuffer: receiveBuffer)
        try client.send(WorkerRig.post())
        let provider = try rig.provider()
        _ = try provider.readMessage()
        let chunks = (Self.events + ["data: [DONE]\n\n"]).map { WorkerRig.chunk($0) }
        let sender = Thread {
            do {
                try provider.send(WorkerRig.streamHead)
                for chunk in chunks { try provider.send(chunk) }
                try provider.send("0\r\n\r\n")
            } catch {
                Issue.record("the provider could not send: \(error)")
            }
        }
        sender.start()
        // What a read cuts in two goes out in other chunks.
        #expect(
            try client.readMessage().body == Self.events.joined() + "data: [DONE]\n\n")
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .completed)
        #expect(record.usage.chunksFlushed == UInt64(Self.events.count + 1))
        #expect(record.usage.completionDelivered == record.usage.completionProduced)
    }

    @Test("What the answer's head and its first event come to goes out at once")
    func headAndEvent() throws {
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        let event = WorkerRig.chunk(Self.events[1])
        try provider.send(WorkerRig.streamHead + event)
        _ = try client.read(through: "\r\n\r\n")
        #expect(try client.read(count: event.utf8.count) == Array(event.utf8))
        client.reset()
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .clientGone)
        #expect(record.usage.chunksFlushed == 1)
    }
}
