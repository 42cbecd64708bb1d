import Glibc
import IPC
import Testing

@testable import Worker

@Suite("The counters lack what one write holds at most, whenever the worker is killed")
struct CounterLagTests {
    /// One read of the provider, which is one write to the client, with its framing.
    private static let writeMax: UInt64 = 16 * 1024 + 1024

    @Test("Also while a client reads slowly")
    func slowReader() throws {
        let rig = try WorkerRig()
        let client = try rig.client(receiveBuffer: 8 * 1024)
        try client.send(WorkerRig.post())
        let provider = try rig.provider()
        _ = try provider.readMessage()
        try provider.send(WorkerRig.streamHead)
        _ = try client.read(through: "\r\n\r\n")
        let head = client.bytesReceived
        let worker = try #require(peer(of: client))
        let chunk = Array(WorkerRig.chunk(WorkerRig.delta(String(repeating: "a", count: 900))).utf8)
        for _ in 0..<200 {
            while provider.sendWithoutWaiting(chunk) > 0 {}
            _ = try client.read(count: 700)
            // What is on its way stands in the worker's socket.
            let taken = client.bytesReceived - head + queued(on: worker)
            #expect(try catchesUp(with: taken, rig))
        }
        client.reset()
        try provider.waitForEnd()
    }

    /// The kernel has the bytes a moment before the worker can have counted them.
    private func catchesUp(with taken: UInt64, _ rig: WorkerRig) throws -> Bool {
        let deadline = Clock.system.monotonic + 20_000_000_000
        while true {
            let counts = try #require(rig.counters.read(slot: 0, stream: 1))
            if taken <= counts.bytesFlushed + Self.writeMax { return true }
            guard Clock.system.monotonic < deadline else { return false }
            sched_yield()
        }
    }

    /// The other end of the client's connection, which is in this process.
    private func peer(of client: RawSocket) -> Int32? {
        guard let own = port(client.descriptor, getsockname) else { return nil }
        return (0..<Int32(getdtablesize())).first { port($0, getpeername) == own }
    }

    private func port(
        _ descriptor: Int32,
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32
    ) -> UInt16? {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(descriptor, $0, &size) }
        }
        return result == 0 && address.sin_family == sa_family_t(AF_INET) ? address.sin_port : nil
    }

    /// Bytes that the socket's kernel has and the other side has not acknowledged.
    private func queued(on descriptor: Int32) -> UInt64 {
        var count: Int32 = 0
        return ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 ? UInt64(max(0, count)) : 0
    }
}
