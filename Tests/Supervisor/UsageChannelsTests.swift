import CLinux
import Glibc
import IPC
import Testing

@testable import Supervisor

@Suite("Usage channels stay open until they are settled")
struct UsageChannelsTests {
    private let worker = WorkerIdentity(incarnation: 42, slot: 1, generation: 3)

    private func isOpen(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) >= 0 }

    @Test func aChannelOutlivesItsWorkerUntilTheAccountantReleasesIt() throws {
        var channels = UsageChannels()
        let channel = try channels.open(worker, slots: 8)
        let sending = try #require(channel.sendingEnd)
        #expect(route_send(sending, "report", 6) == 6)
        let early = channels.release(42)
        #expect(!early, "its worker lives")
        #expect(channels.channels.count == 1)

        channels.workerEnded(42)
        #expect(channels.channel(of: 42)?.sendingEnd == nil)
        var buffer: [UInt8] = Array(repeating: 0, count: 64)
        #expect(route_consume(channel.receivingEnd, &buffer, buffer.count) == 6)
        #expect(route_consume(channel.receivingEnd, &buffer, buffer.count) == 0, "end of file")

        let released = [43, 42, 42].map { channels.release($0) }
        #expect(released == [false, true, false])
        #expect(channels.channels.isEmpty)
    }

    @Test func theSendingEndHoldsManyReportsAndTheCountersAreSealed() throws {
        var channels = UsageChannels()
        let channel = try channels.open(worker, slots: 8)
        defer { channels.discard(42) }
        #expect(isOpen(channel.receivingEnd))
        #expect(route_memfd_is_sealed(channel.counters, 0) == 1)
        let sending = try #require(channel.sendingEnd)
        let record: [UInt8] = Array(repeating: 1, count: 4_096)
        var total = 0
        while case let n = route_send(sending, record, record.count), n > 0 { total += n }
        // The kernel's default holds about 200 kB; a machine may allow less than what is asked for.
        #expect(total >= 200_000)
    }

    @Test func slotsThatMakeNoSenseAreRefusedAndNothingIsKept() {
        var channels = UsageChannels()
        #expect(throws: UsageChannels.Failure.self) { try channels.open(worker, slots: 0) }
        #expect(channels.channels.isEmpty)
    }

    @Test func messagesWaitForAFullSocketInOrder() throws {
        var ends: [Int32] = [-1, -1]
        try #require(route_socketpair(1, &ends) == 0)
        defer { for end in ends { close(end) } }
        var link = ControlLink(descriptor: ends[0])
        while link.socket.send(.ping(1)) == .sent {}
        link.add(.attach(incarnation: 1))
        link.add(.attach(incarnation: 2))
        link.add(.drain(milliseconds: 5))
        let resolve: (ControlLink.Outgoing) -> (ControlMessage, descriptors: [Int32])? = {
            switch $0 {
            case .drain(let milliseconds): (.drain(milliseconds: milliseconds), [])
            // The first channel is no more by the time that it could be sent.
            case .attach(let incarnation): incarnation == 1 ? nil : (.attach(worker), [ends[1]])
            case .configure: nil
            }
        }
        let first = link.flush(resolve)
        #expect(first == .open)
        #expect(!link.waiting.isEmpty)
        let peer = ControlSocket(descriptor: ends[1])
        while case .message(.ping, _) = peer.receive() {}
        let second = link.flush(resolve)
        #expect(second == .open)
        #expect(link.waiting.isEmpty)
        guard case .message(.attach(worker), let passed) = peer.receive() else {
            Issue.record("the attachment did not arrive first")
            return
        }
        #expect(passed.count == 1)
        for descriptor in passed { close(descriptor) }
        #expect(peer.receive() == .message(.drain(milliseconds: 5), descriptors: []))
        #expect(peer.receive() == .nothing)
    }

    @Test func namesInTheStoreAreReadBack() {
        for part in StoredDescriptor.Part.allCases {
            let stored = StoredDescriptor(part, worker)
            #expect(StoredDescriptor(name: stored.name) == stored)
        }
        let greatest = WorkerIdentity(incarnation: .max, slot: .max, generation: .max)
        #expect(StoredDescriptor(.receivingEnd, greatest).name.count < 256)
        for name in [
            "", "channel", "http", "channel-counters-2a-1", "channel-counters-2a-1-3-4",
            "channel-other-2a-1-3", "channel-counters-xyz-1-3", "channel-counters-2a-70000-3",
        ] {
            #expect(StoredDescriptor(name: name) == nil, "\(name)")
        }
    }

    @Test func onlyWholeChannelsAreRestored() throws {
        func copy() throws -> Int32 {
            let descriptor = open("/dev/null", O_RDONLY)
            try #require(descriptor >= 0)
            return descriptor
        }
        let other = WorkerIdentity(incarnation: 43, slot: 0, generation: 1)
        var channels = UsageChannels()
        let useless = channels.restore([
            ("http", try copy()),
            (StoredDescriptor(.counters, worker).name, try copy()),
            (StoredDescriptor(.counters, worker).name, try copy()),
            (StoredDescriptor(.receivingEnd, worker).name, try copy()),
            (StoredDescriptor(.counters, other).name, try copy()),
        ])
        #expect(channels.channels.map(\.identity) == [worker])
        #expect(
            Set(useless) == [
                StoredDescriptor(.counters, worker).name, StoredDescriptor(.counters, other).name,
            ])
        let released = channels.release(42)
        #expect(released)
    }
}
