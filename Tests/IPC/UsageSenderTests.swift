import CLinux
import Glibc
import Testing

@testable import IPC

@Suite("The usage channel's sender never blocks and never loses a stream's end")
struct UsageSenderTests {
    private func opened(_ stream: UInt64) -> StreamOpened {
        StreamOpened(
            stream: stream, slot: UInt32(stream), startedAt: 1, key: "app",
            endpoint: .chatCompletions, model: "m", provider: "p", providerModel: "m",
            isStreaming: true)
    }

    private func settled(_ stream: UInt64) -> StreamSettled {
        StreamSettled(
            stream: stream, sequence: 9, outcome: .completed, status: 200, durationNanoseconds: 5,
            reason: nil, usage: StreamUsage())
    }

    private func progress(_ stream: UInt64, _ sequence: UInt64) -> StreamProgress {
        StreamProgress(stream: stream, sequence: sequence, usage: StreamUsage())
    }

    /// A socket pair, closed at the end.
    private func withChannel(_ body: (_ sending: Int32, _ receiving: Int32) throws -> Void) throws {
        var pair: [Int32] = [-1, -1]
        try #require(route_socketpair(0, &pair) == 0)
        defer { for fd in pair { close(fd) } }
        try body(pair[0], pair[1])
    }

    /// Fills the kernel's queue; returns the bytes that are in it.
    private func fill(_ descriptor: Int32) -> Int {
        let junk = [UInt8](repeating: 0, count: 1000)
        var total = 0
        while true {
            let n = route_send(descriptor, junk, junk.count)
            if n <= 0 { return total }
            total += n
        }
    }

    private func consume(_ descriptor: Int32, _ count: Int) {
        var space = [UInt8](repeating: 0, count: count)
        var left = count
        while left > 0 {
            let n = route_consume(descriptor, &space, left)
            if n <= 0 { return }
            left -= n
        }
    }

    private func records(_ descriptor: Int32) -> [UsageRecord] {
        var receiver = UsageReceiver(descriptor: descriptor)
        var all: [UsageRecord] = []
        while case .records(let more, refused: []) = receiver.peek() {
            all += more
            _ = receiver.consume()
        }
        return all
    }

    @Test("Records arrive in order, slots are released once the end is in the kernel")
    func order() throws {
        try withChannel { sending, receiving in
            var sender = UsageSender(descriptor: sending)
            #expect(sender.open([opened(1), opened(2)]) == [.queued, .queued])
            sender.report(progress(1, 1))
            sender.settle(settled(1), slot: 1)
            #expect(sender.takeReleasedSlots() == [])
            #expect(sender.settledWaiting == 1)
            #expect(sender.flush() == .empty)
            #expect(sender.takeReleasedSlots() == [1])
            #expect(sender.settledWaiting == 0)
            #expect(
                records(receiving) == [
                    .opened(opened(1)), .opened(opened(2)), .progress(progress(1, 1)),
                    .settled(settled(1)),
                ])
        }
    }

    @Test("A full channel refuses new streams and keeps what ended")
    func full() throws {
        try withChannel { sending, receiving in
            var sender = UsageSender(descriptor: sending)
            let junk = fill(sending)
            // What is left of the queue may take a part of a record, which then has to be completed.
            let answers = sender.open([opened(1), opened(2)])
            #expect(answers.allSatisfy { $0 != .queued })
            sender.settle(settled(7), slot: 3)
            #expect(sender.flush() == .full)
            #expect(sender.open([opened(8)]) == [.refused])
            consume(receiving, junk)
            #expect(sender.flush() == .empty)
            #expect(sender.takeReleasedSlots() == [3])
            let cut = zip(answers, [opened(1), opened(2)]).filter { $0.0 == .cut }
            #expect(records(receiving) == cut.map { .opened($0.1) } + [.settled(settled(7))])
        }
    }

    @Test("While the channel is full, a stream's progress is conflated to the last")
    func conflation() throws {
        try withChannel { sending, receiving in
            var sender = UsageSender(descriptor: sending)
            let junk = fill(sending)
            for round in 1...2000 {
                sender.report(progress(1, UInt64(round)))
                sender.report(progress(2, UInt64(round)))
            }
            #expect(sender.bytesWaiting < 64 * 1024)
            sender.settle(settled(2), slot: nil)
            #expect(sender.flush() == .full)
            consume(receiving, junk)
            #expect(sender.flush() == .empty)
            let all = records(receiving)
            let last = all.last { $0.stream == 1 }
            #expect(last == .progress(progress(1, 2000)))
            #expect(all.filter { $0 == .settled(settled(2)) }.count == 1)
        }
    }

    @Test("A channel that nobody can read is broken, and admits nothing")
    func broken() throws {
        var pair: [Int32] = [-1, -1]
        try #require(route_socketpair(0, &pair) == 0)
        close(pair[1])
        defer { close(pair[0]) }
        var sender = UsageSender(descriptor: pair[0])
        sender.settle(settled(1), slot: 1)
        #expect(sender.flush() == .broken(EPIPE))
        #expect(sender.open([opened(2)]) == [.refused])
        #expect(sender.settledWaiting == 1)
    }
}
