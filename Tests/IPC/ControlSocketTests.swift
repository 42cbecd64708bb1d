import CLinux
import Glibc
import Testing

@testable import IPC

@Suite("A control socket passes messages and descriptors")
struct ControlSocketTests {
    @Test("messages arrive one by one, in order")
    func messages() throws {
        let pair = try SocketPair(packets: true)
        let (near, far) = (
            ControlSocket(descriptor: pair.first),
            ControlSocket(descriptor: try #require(pair.second))
        )
        #expect(near.receive() == .nothing)
        for (message, _) in ControlCodingTests.golden {
            #expect(far.send(message) == .sent)
        }
        for (message, _) in ControlCodingTests.golden {
            #expect(near.receive() == .message(message, descriptors: []))
        }
        #expect(near.receive() == .nothing)
        pair.closeSecond()
        #expect(near.receive() == .gone(0))
        #expect(near.send(.ready) == .gone(EPIPE))
    }

    @Test("descriptors arrive with their message, close-on-exec, for the same files")
    func descriptors() throws {
        let pair = try SocketPair(packets: true)
        let usage = try SocketPair(packets: false)
        let counters = try CounterFile.create(slots: 1)
        defer { close(counters) }
        let worker = WorkerIdentity(incarnation: 1, slot: 2, generation: 3)
        let far = ControlSocket(descriptor: try #require(pair.second))
        #expect(far.send(.attach(worker), descriptors: [usage.first, counters]) == .sent)
        guard
            case .message(.attach(worker), let passed) = ControlSocket(descriptor: pair.first)
                .receive()
        else {
            Issue.record("no message")
            return
        }
        defer { for fd in passed { close(fd) } }
        #expect(passed.count == 2)
        for fd in passed { #expect(fcntl(fd, F_GETFD) == FD_CLOEXEC) }
        usage.send([42])
        var byte: UInt8 = 0
        #expect(route_consume(try #require(passed.first), &byte, 1) == 1)
        #expect(byte == 42)
        _ = try CounterFile(descriptor: try #require(passed.last), writable: false)
    }

    @Test("descriptors of a packet that is no message are closed")
    func refusedDescriptors() throws {
        let pair = try SocketPair(packets: true)
        let far = try #require(pair.second)
        let other = try SocketPair(packets: false)
        let near = ControlSocket(descriptor: pair.first)
        let attached = try #require(other.second)
        for packet in [bytes(hex: "020000000163"), [1], ControlCoding.encode(.ready) + [0]] {
            #expect(route_send_message(far, packet, packet.count, [attached], 1) == packet.count)
        }
        // Only the passed copies are open now: when they are closed, the peer sees the end.
        other.closeSecond()
        #expect(near.receive() == .refused(.unknownType(0x63)))
        #expect(near.receive() == .refused(.truncated))
        var byte: UInt8 = 0
        #expect(route_peek(other.first, &byte, 1) == -1)
        #expect(near.receive() == .refused(.truncated))
        #expect(route_peek(other.first, &byte, 1) == 0)
    }

    @Test("a packet that is too large is refused, and the next one is read")
    func tooLarge() throws {
        let pair = try SocketPair(packets: true)
        pair.send(Array(repeating: 0, count: 5_000))
        let near = ControlSocket(descriptor: pair.first)
        #expect(ControlSocket(descriptor: pair.second ?? -1).send(.ready) == .sent)
        #expect(near.receive() == .refused(.truncated))
        #expect(near.receive() == .message(.ready, descriptors: []))
    }

    @Test("a peer that does not read is full, not blocking and not lost")
    func full() throws {
        let pair = try SocketPair(packets: true)
        let (near, far) = (
            ControlSocket(descriptor: pair.first),
            ControlSocket(descriptor: try #require(pair.second))
        )
        var sent: UInt64 = 0
        while far.send(.ping(sent)) == .sent { sent += 1 }
        #expect(sent > 10)
        #expect(far.send(.ping(sent)) == .full)
        for number in 0..<sent {
            #expect(near.receive() == .message(.ping(number), descriptors: []))
        }
        #expect(far.send(.ready) == .sent)
    }

    @Test("no more than 8 descriptors are passed")
    func tooMany() throws {
        let pair = try SocketPair(packets: true)
        let far = ControlSocket(descriptor: try #require(pair.second))
        let nine = Array(repeating: pair.first, count: 9)
        #expect(far.send(.ready, descriptors: nine) == .gone(EINVAL))
        #expect(far.send(.ready, descriptors: Array(nine.dropLast())) == .sent)
        guard
            case .message(.ready, let passed) = ControlSocket(descriptor: pair.first).receive()
        else {
            Issue.record("no message")
            return
        }
        #expect(passed.count == 8)
        for fd in passed { close(fd) }
    }
}
