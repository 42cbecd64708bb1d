import Configuration
import IPC
import Testing

@testable import Worker

@Suite("Where an abort does not stop the charge, the answer is read on for its usage", .serialized)
struct UsageDrainTests {
    private func rig(_ change: (inout UsageDrainBounds) -> Void = { _ in }) throws -> WorkerRig {
        var bounds = UsageDrainBounds()
        change(&bounds)
        return try WorkerRig { $0.usageDrain = bounds }
    }

    /// A stream whose client has read one event and left; its record is there.
    private func left(_ rig: WorkerRig) throws -> RawSocket {
        let (client, provider) = try rig.exchange()
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.delta("abcd")))
        _ = try client.read(through: "\n\n")
        client.close()
        return provider
    }

    @Test("The record is there at once; what the provider reports comes behind it")
    func midStream() throws {
        let rig = try rig()
        let provider = try left(rig)
        let settled = try #require(try rig.settled().first)
        #expect(settled.outcome == .clientGone)
        #expect(settled.usage.completionDelivered == 1)
        #expect(settled.usage.completionReported == nil)
        #expect(try rig.openStreams == 0)
        try provider.send(
            WorkerRig.chunk(WorkerRig.delta("efgh")) + WorkerRig.chunk(WorkerRig.usageEvent)
                + WorkerRig.chunk(WorkerRig.done))
        let amended = try #require(try rig.amended().first)
        #expect(amended.stream == settled.stream)
        #expect(amended.sequence > settled.sequence)
        #expect(amended.usage.completionReported == 2)
        #expect(amended.usage.promptReported == 7)
        #expect(amended.usage.completionDelivered == 1)
        #expect(amended.usage.chunksFlushed == settled.usage.chunksFlushed)
        try provider.waitForEnd()
    }

    @Test("Also when the client leaves before the answer begins")
    func beforeHead() throws {
        let rig = try rig()
        let client = try rig.client()
        let body = #"{"model":"gpt-x","messages":[]}"#
        try client.send(WorkerRig.post(body))
        let provider = try rig.provider()
        _ = try provider.readMessage()
        client.reset()
        let settled = try #require(try rig.settled().first)
        #expect(settled.usage.completionDelivered == 0)
        #expect(!settled.usage.providerAccepted)
        let answer =
            #"{"choices":[{"index":0,"message":{"content":"hi"}}],"#
            + #""usage":{"prompt_tokens":7,"completion_tokens":2}}"#
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        try provider.send(head + "Content-Length: \(answer.utf8.count)\r\n\r\n" + answer)
        let amended = try #require(try rig.amended().first)
        #expect(amended.usage.completionReported == 2)
        #expect(amended.usage.completionDelivered == 0)
        #expect(!amended.usage.providerAccepted)
        // The connection serves the next request.
        let next = try rig.client()
        try next.send(WorkerRig.post(body))
        _ = try provider.readMessage()
        #expect(!rig.hasDialled)
    }

    @Test("Its time, its bytes and the number of such answers are bounded")
    func bounds() throws {
        let timed = try rig { $0.timeout = 100 }
        try left(timed).waitForEnd()
        let sized = try rig { $0.bytes = 4096 }
        let provider = try left(sized)
        _ = try sized.settled()
        let event = Array(WorkerRig.chunk(WorkerRig.delta(" word")).utf8)
        while provider.sendWithoutWaiting(event) > 0 {}
        try provider.waitForEnd()
        let amended = try #require(try sized.amended().first)
        // The read that passes the bound is the last.
        let most = UInt64((4096 + 16 * 1024) / event.count + 2)
        #expect((2...most).contains(try #require(amended.usage.completionProduced)))
        let single = try rig { $0.concurrent = 1 }
        let first = try left(single)
        _ = try single.settled(1)
        try left(single).waitForEnd()
        _ = try single.settled(2)
        try first.send(
            WorkerRig.chunk(WorkerRig.usageEvent) + WorkerRig.chunk(WorkerRig.done))
        #expect(try single.amended().first?.usage.completionReported == 2)
        // There is room again.
        let third = try left(single)
        _ = try single.settled(3)
        try third.send(
            WorkerRig.chunk(WorkerRig.usageEvent) + WorkerRig.chunk(WorkerRig.done))
        #expect(try single.amended(2).count == 2)
    }

    @Test("A provider that breaks off ends it; the next one is read as well")
    func breaksOff() throws {
        let rig = try rig()
        let provider = try left(rig)
        _ = try rig.settled()
        try provider.send(WorkerRig.chunk(WorkerRig.delta(" word")))
        provider.close()
        #expect(try rig.amended().first?.usage.completionProduced == 2)
        #expect(try rig.amended().first?.usage.completionReported == nil)
    }

    @Test("A request that was not wholly sent is aborted: it costs nothing yet")
    func upload() throws {
        let rig = try rig()
        let client = try rig.client()
        let text = String(repeating: "a", count: 16 << 20)
        try client.send(WorkerRig.post(#"{"model":"gpt-x","messages":[],"user":"\#(text)"}"#))
        let provider = try rig.provider()
        try rig.collect { !$0.isEmpty }
        client.close()
        #expect(try rig.settled().first?.outcome == .clientGone)
        try provider.waitForEnd()
    }

    @Test("A drain of the worker lets it finish, and ends it when its time is over")
    func workerDrain() throws {
        let rig = try rig()
        let provider = try left(rig)
        _ = try rig.settled()
        rig.server.drain(within: .milliseconds(100))
        try provider.waitForEnd()
        try rig.server.finished.wait()
    }
}
