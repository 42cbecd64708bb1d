import CLinux
import Glibc
import Testing

@Suite("System calls: packets, passed descriptors, signals, datagrams")
struct LinuxTests {
    private func pair(packets: Bool) throws -> [Int32] {
        var ends: [Int32] = [-1, -1]
        try #require(route_socketpair(packets ? 1 : 0, &ends) == 0)
        return ends
    }

    private func receive(
        _ descriptor: Int32, capacity: Int = 64
    ) -> (bytes: [UInt8], passed: [Int32], isTruncated: Bool, result: Int) {
        var buffer: [UInt8] = Array(repeating: 0, count: capacity)
        var passed: [Int32] = Array(repeating: -1, count: 8)
        var count = 0
        var truncated: Int32 = 0
        let n = route_receive_message(
            descriptor, &buffer, capacity, &passed, &count, &truncated)
        return (Array(buffer.prefix(max(0, n))), Array(passed.prefix(count)), truncated != 0, n)
    }

    @Test func packetsKeepTheirBoundsAndStreamsDoNot() throws {
        for packets in [true, false] {
            let ends = try pair(packets: packets)
            defer { for end in ends { close(end) } }
            #expect(route_send(ends[0], "ab", 2) == 2)
            #expect(route_send(ends[0], "cd", 2) == 2)
            #expect(receive(ends[1]).bytes == Array((packets ? "ab" : "abcd").utf8))
        }
    }

    @Test func nothingWaitsIsNoError() throws {
        let ends = try pair(packets: true)
        defer { close(ends[1]) }
        #expect(receive(ends[1]).result == -1)
        #expect(errno == EAGAIN)
        close(ends[0])
        #expect(receive(ends[1]).result == 0)
        #expect(route_send(ends[1], "x", 1) == -1)
        #expect(errno == EPIPE)
    }

    @Test func passedDescriptorsAreTheSameFileAndCloseOnExec() throws {
        let ends = try pair(packets: true)
        let other = try pair(packets: false)
        defer { for end in ends + other { close(end) } }
        #expect(route_send_message(ends[0], "x", 1, [other[0], other[1]], 2) == 1)
        let passed = receive(ends[1]).passed
        try #require(passed.count == 2)
        for one in passed { #expect(fcntl(one, F_GETFD) & FD_CLOEXEC != 0) }
        #expect(route_send(passed[0], "hello", 5) == 5)
        #expect(receive(other[1]).bytes == Array("hello".utf8))
        for one in passed { close(one) }
    }

    @Test func aMessageThatDoesNotFitIsSaidAndItsDescriptorsAreClosed() throws {
        let ends = try pair(packets: true)
        let other = try pair(packets: false)
        defer { for end in ends + [other[1]] { close(end) } }
        #expect(route_send_message(ends[0], "0123456789", 10, [other[0]], 1) == 10)
        close(other[0])
        let received = receive(ends[1], capacity: 4)
        #expect(received.isTruncated)
        #expect(received.passed.isEmpty)
        // The only copy was the one that was passed.
        #expect(receive(other[1]).result == 0)
    }

    @Test func moreThanEightDescriptorsAreRefused() throws {
        let ends = try pair(packets: true)
        defer { for end in ends { close(end) } }
        let nine = Array(repeating: ends[0], count: 9)
        #expect(route_send_message(ends[0], "x", 1, nine, 9) == -1)
        #expect(errno == EINVAL)
    }

    @Test func peekingLeavesTheQueueAsItIs() throws {
        let ends = try pair(packets: false)
        defer { for end in ends { close(end) } }
        #expect(route_send(ends[0], "abc", 3) == 3)
        var buffer: [UInt8] = Array(repeating: 0, count: 8)
        #expect(route_peek(ends[1], &buffer, buffer.count) == 3)
        #expect(route_peek(ends[1], &buffer, buffer.count) == 3)
        #expect(route_consume(ends[1], &buffer, buffer.count) == 3)
        #expect(route_consume(ends[1], &buffer, buffer.count) == -1)
    }

    @Test func theRoomOfADatagramSocketIsKnownWithoutSending() throws {
        let path = "/tmp/dd0c-route-room-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        #expect(route_datagram_has_room(path) == -1)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        defer {
            close(descriptor)
            unlink(path)
        }
        func to(_ call: (UnsafePointer<sockaddr>, socklen_t) -> Int) -> Int {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    call($0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        try #require(to { Int(bind(descriptor, $0, $1)) } == 0)
        #expect(route_datagram_has_room(path) == 1)
        let sender = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(sender) }
        while to({ sendto(sender, "x", 1, Int32(MSG_DONTWAIT), $0, $1) }) == 1 {}
        #expect(route_datagram_has_room(path) == 0)
        _ = receive(descriptor)
        #expect(route_datagram_has_room(path) == 1)
        #expect(route_datagram_has_room("") == -1)
        #expect(route_datagram_has_room(String(repeating: "x", count: 200)) == -1)
    }
}
