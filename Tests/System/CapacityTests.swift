import Foundation
import Glibc
import NIOCore
import NIOPosix
import Testing

extension SystemTests {
    @Suite("Many open connections do not bring it down")
    struct CapacityTests {
        @Test("5,000 idle open streams on one worker")
        func idleStreams() throws {
            let count = 5000
            try Self.raiseDescriptorLimit(to: rlim_t(3 * count))
            let mock = try Mock()
            var settings = Gateway.Settings()
            settings.workers = 1
            let gateway = try Gateway(mock: mock, settings)
            let worker = try #require(gateway.workers.first)
            // What a first stream needs once, and not for each stream, is not counted.
            #expect(try Connection.ask(Request().bytes, port: gateway.httpPort).status == 200)
            let before = try ProcessList.privateMemory(of: worker)

            let client = LoadClient()
            let streams = client.open(count, port: gateway.httpPort) {
                Request(model: "mock-\($0 % 10)", mock: "fault=stall_mid&at=2")
            }
            for stream in streams { try stream.waitForEvents(2) }
            let after = try ProcessList.privateMemory(of: worker)
            print("memory per idle stream: \((after - before) / count) bytes")
            #expect(streams.allSatisfy { $0.ending == nil })
            #expect((after - before) / count < 100_000)

            // It serves others meanwhile, and is the same process.
            #expect(try Connection.ask(Request().bytes, port: gateway.httpPort).isComplete)
            #expect(gateway.workers == [worker])

            for stream in streams { try stream.leave() }
            #expect(try mock.totals("wait_until_idle=1").in_flight == 0)
            let rows = try gateway.settledUsage(count + 2, seconds: 60)
            #expect(rows.count == count + 2)
            #expect(rows.filter { $0.outcome == "client_gone" }.count == count)
            #expect(gateway.workers == [worker])
        }

        private static func raiseDescriptorLimit(to wanted: rlim_t) throws {
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
                throw SystemFailure.call("getrlimit")
            }
            if limit.rlim_cur >= wanted { return }
            limit.rlim_cur = max(wanted, limit.rlim_cur)
            limit.rlim_max = max(wanted, limit.rlim_max)
            guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
                throw SystemFailure.call("setrlimit(RLIMIT_NOFILE, \(wanted))")
            }
        }

        @Test("1,000 connections that send one header byte a second do not stop others")
        func slowHeaders() throws {
            try Self.raiseDescriptorLimit(to: 8192)
            let mock = try Mock()
            var settings = Gateway.Settings()
            settings.workers = 1
            settings.limits = ["header_timeout": "4s"]
            let gateway = try Gateway(mock: mock, settings)
            let slow = SlowSenders(count: 1000, port: gateway.httpPort)
            try slow.waitUntilAllSent()
            let client = LoadClient()
            let streams = try client.run(
                total: 100, atOnce: 10, port: gateway.httpPort,
                { Request(model: "mock-\($0)", mock: "n=20&us=10000") }, ended: { _ in })
            #expect(streams.allSatisfy { $0.ending == .complete })
            // The header time-out ends them all, however steadily they send.
            try slow.waitUntilAllClosed()
            let rows = try gateway.settledUsage(100)
            #expect(rows.count == 100)
            #expect(rows.allSatisfy { $0.outcome == "completed" })
        }
    }
}

/// Connections that send a request's head one byte a second.
private final class SlowSenders {
    /// Lives as long as the tests do.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let count: Int
    private let sent = Observed(0)
    private let closed = Observed(0)

    init(count: Int, port: Int) {
        self.count = count
        let bytes = Request().bytes
        let sent = sent
        let closed = closed
        for _ in 0..<count {
            ClientBootstrap(group: Self.group).connect(host: "127.0.0.1", port: port)
                .whenComplete { result in
                    guard case .success(let channel) = result else { return }
                    channel.closeFuture.whenComplete { _ in closed.update { $0 += 1 } }
                    let next = Observed(0)
                    channel.eventLoop.scheduleRepeatedTask(
                        initialDelay: .zero, delay: .seconds(1)
                    ) { task in
                        let index = next.update { value in
                            defer { value += 1 }
                            return value
                        }
                        guard channel.isActive, index < bytes.count else { return task.cancel() }
                        channel.writeAndFlush(ByteBuffer(bytes: [bytes[index]])).whenComplete { _ in
                            if index == 0 { sent.update { $0 += 1 } }
                        }
                    }
                }
        }
    }

    func waitUntilAllSent() throws {
        try sent.wait(for: "the first byte of \(count) slow connections") { $0 == count }
    }

    func waitUntilAllClosed() throws {
        try closed.wait(for: "the end of \(count) slow connections") { $0 == count }
    }
}
