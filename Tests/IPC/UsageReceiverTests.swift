import CLinux
import Dispatch
import Glibc
import Testing

@testable import IPC

@Suite("The usage channel is peeked, committed, consumed")
struct UsageReceiverTests {
    private func record(_ stream: UInt64) -> UsageRecord {
        .progress(StreamProgress(stream: stream, sequence: 1, usage: StreamUsage()))
    }

    @Test("what was peeked stays until it is consumed, also for the next process")
    func peekDoesNotConsume() throws {
        let pair = try SocketPair(packets: false)
        pair.send(record(1).encoded + record(2).encoded)
        let all = UsageReceiver.Batch.records([record(1), record(2)], refused: [])
        var crashed = UsageReceiver(descriptor: pair.first)
        #expect(crashed.peek() == all)
        #expect(crashed.peek() == all)
        // The accountant died here: another one finds the same.
        var receiver = UsageReceiver(descriptor: pair.first)
        #expect(receiver.peek() == all)
        // Arrives between the peek and the commit, and is not consumed with it.
        pair.send(record(3).encoded)
        #expect(receiver.consume() == true)
        #expect(receiver.peek() == .records([record(3)], refused: []))
        #expect(receiver.consume() == true)
        #expect(receiver.peek() == .nothing)
        #expect(receiver.consume() == true)
        pair.closeSecond()
        #expect(receiver.peek() == .ended)
    }

    @Test("a frame that is not whole yet waits for its rest")
    func partialFrame() throws {
        let pair = try SocketPair(packets: false)
        let wire = record(1).encoded
        var receiver = UsageReceiver(descriptor: pair.first)
        for byte in wire.dropLast() {
            pair.send([byte])
            #expect(receiver.peek() == .nothing)
        }
        pair.send(wire.suffix(1) + record(2).encoded.prefix(5))
        #expect(receiver.peek() == .records([record(1)], refused: []))
        #expect(receiver.consume() == true)
        #expect(receiver.peek() == .nothing)
        pair.send(Array(record(2).encoded.dropFirst(5)))
        #expect(receiver.peek() == .records([record(2)], refused: []))
    }

    @Test("a frame cut off by its sender's death is dropped, what is before it is not")
    func cutOffFrame() throws {
        let pair = try SocketPair(packets: false)
        pair.send(record(1).encoded + record(2).encoded.dropLast())
        pair.closeSecond()
        var receiver = UsageReceiver(descriptor: pair.first)
        #expect(receiver.peek() == .records([record(1)], refused: []))
        #expect(receiver.consume() == true)
        #expect(receiver.peek() == .ended)
        #expect(receiver.peek() == .ended)
    }

    @Test("frames of other versions are told and stepped over")
    func foreignFrames() throws {
        let pair = try SocketPair(packets: false)
        var foreign = record(1).encoded
        foreign[4] = 7
        pair.send(foreign + record(2).encoded)
        var receiver = UsageReceiver(descriptor: pair.first)
        #expect(receiver.peek() == .records([record(2)], refused: [.unknownVersion(7)]))
    }

    @Test("an impossible length is told, and its bytes are kept")
    func corrupt() throws {
        let pair = try SocketPair(packets: false)
        pair.send(record(1).encoded + [255, 255, 255, 255, 9])
        var receiver = UsageReceiver(descriptor: pair.first)
        #expect(receiver.peek() == .records([record(1)], refused: []))
        #expect(receiver.consume() == true)
        for _ in 0..<2 {
            #expect(receiver.peek() == .corrupt(.tooLong(length: .max)))
            #expect(receiver.consume() == true)
        }
    }

    @Test("a descriptor that is no socket is a failure, not an end")
    func broken() {
        var receiver = UsageReceiver(descriptor: -1)
        #expect(receiver.peek() == .failed(EBADF))
        #expect(receiver.consume() == true)
    }

    @Test("a full buffer gives what is whole, and the rest with the next peek")
    func fullBuffer() throws {
        let pair = try SocketPair(packets: false)
        let count = 3_000
        var sent = 0
        var received: [UInt64] = []
        var receiver = UsageReceiver(descriptor: pair.first, capacity: 1)
        while received.count < count {
            while sent < count {
                let wire = record(UInt64(sent)).encoded
                guard route_send(pair.second ?? -1, wire, wire.count) == wire.count else { break }
                sent += 1
            }
            guard case .records(let records, _) = receiver.peek(), receiver.consume() else {
                Issue.record("no records")
                return
            }
            received += records.map(\.stream)
        }
        #expect(received == Array(0..<UInt64(count)))
    }

    /// Regression: the end was looked up after the bytes, so what a sender wrote between the two and
    /// died was never read.
    @Test("what a sender wrote right before its death is read")
    func deathWhileLooking() throws {
        let wire = record(1).encoded
        for _ in 0..<2_000 {
            let pair = try SocketPair(packets: false)
            pair.send(Array(wire.prefix(9)))
            let sender = try #require(pair.second)
            let own = dup(sender)
            pair.closeSecond()
            DispatchQueue.global().async {
                let rest = Array(wire.dropFirst(9))
                _ = route_send(own, rest, rest.count)
                close(own)
            }
            var receiver = UsageReceiver(descriptor: pair.first)
            var batch = receiver.peek()
            while batch == .nothing { batch = receiver.peek() }
            #expect(batch == .records([record(1)], refused: []))
        }
    }
}
