import Configuration
import Glibc
import IPC
import Testing

@testable import Worker

@Suite("A provider's addresses are kept for a time, and asked for again behind it", .serialized)
struct NameLookupTests {
    private static let lifetime: UInt64 = 30_000
    private static let whole =
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"

    private let names: ScriptedNames
    private let time = ManualClock()
    private let rig: WorkerRig
    private let client: RawSocket

    init() throws {
        let names = ScriptedNames([1])
        let clock = time.clock
        self.names = names
        rig = try WorkerRig {
            $0.name = "provider.test"
            $0.resolve = names.resolve
            $0.clock = clock
            // Nothing but a name's age and the time for a dial is to end.
            $0.limits.idleTimeout = 1_000_000_000
            $0.limits.connectTimeout = 10_000
        }
        client = try rig.client()
    }

    /// A request that the provider gets, on a connection that serves no other one.
    private func succeed(_ rig: WorkerRig, _ client: RawSocket) throws {
        try client.send(WorkerRig.post())
        try answer(try rig.provider(), client)
    }

    private func answer(_ provider: RawSocket, _ client: RawSocket) throws {
        _ = try provider.readMessage()
        try provider.send(Self.whole)
        #expect(try client.readMessage().body == "{}")
    }

    /// A request for which there is no connection.
    private func fail(_ rig: WorkerRig, _ client: RawSocket) throws {
        try client.send(WorkerRig.post())
        #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 502 "))
    }

    private func succeed() throws { try succeed(rig, client) }

    private func fail() throws { try fail(rig, client) }

    @Test("One look-up serves all dials of its time; the next one's addresses serve behind it")
    func keeps() throws {
        for _ in 0..<3 { try succeed() }
        #expect(names.asked == 1)
        time.pass(milliseconds: Self.lifetime - 1)
        try succeed()
        #expect(names.asked == 1)
        names.answer([2])
        time.pass(milliseconds: 1)
        // Nobody listens at the new address.
        try fail()
        #expect(names.asked == 2)
        #expect(try rig.gauge() == ProviderGauge())
    }

    @Test("That nothing was found is not kept", arguments: [nil, []] as [[UInt8]?])
    func failure(answer: [UInt8]?) throws {
        names.answer(answer)
        for asked in 1...3 {
            try fail()
            #expect(names.asked == asked)
        }
        names.answer([1])
        try succeed()
        #expect(try rig.settled(4).prefix(3).allSatisfy { $0.reason == "connect_failed" })
    }

    @Test("Where no answer comes, the old addresses serve for an hour, and one is asked again")
    func stale() throws {
        try succeed()
        names.answer(nil)
        time.pass(milliseconds: Self.lifetime)
        try succeed()
        #expect(names.asked == 2)
        // Not with each request.
        time.pass(milliseconds: 999)
        try succeed()
        #expect(names.asked == 2)
        time.pass(milliseconds: 1)
        try succeed()
        #expect(names.asked == 3)
        time.pass(milliseconds: 3_600_000 - Self.lifetime - 1001)
        try succeed()
        #expect(names.asked == 4)
        time.pass(milliseconds: 1)
        try fail()
        #expect(names.asked == 5)
        names.answer([1])
        try succeed()
    }

    @Test("A name that is gone takes its addresses with it")
    func gone() throws {
        try succeed()
        names.answer([])
        time.pass(milliseconds: Self.lifetime)
        try fail()
        names.answer(nil)
        try fail()
        #expect(names.asked == 3)
    }

    @Test("Where an answer is too long in coming, the old addresses serve meanwhile")
    func slow() throws {
        try succeed()
        names.hold()
        time.pass(milliseconds: Self.lifetime)
        try client.send(WorkerRig.post())
        try rig.waitForGauge(ProviderGauge(lookups: 1))
        time.pass(milliseconds: 1999)
        try rig.tickPools()
        #expect(try rig.gauge() == ProviderGauge(lookups: 1))
        time.pass(milliseconds: 1)
        try answer(try rig.provider(), client)
        // Whoever comes now does not wait at all.
        let service = rig.server.service
        let current = try rig.server.loop.submit {
            service.value.core.pools.first?.lookup.current?.addresses.count
        }.wait()
        #expect(current == 1)
        try succeed()
        #expect(names.asked == 2)
        names.answer([2])
        names.release()
        try rig.waitForGauge(ProviderGauge())
        try fail()
        #expect(names.asked == 2)
    }

    @Test("Addresses that lead nowhere are dropped")
    func refused() throws {
        names.answer([2])
        try fail()
        names.answer([1])
        try succeed()
        #expect(names.asked == 2)
        try succeed()
        #expect(names.asked == 2)
    }

    @Test("Old addresses that lead nowhere are dropped though there are no newer ones")
    func staleAndRefused() throws {
        try succeed()
        rig.stopProvider()
        names.answer(nil)
        time.pass(milliseconds: Self.lifetime)
        try fail()
        #expect(names.asked == 2)
        try fail()
        #expect(names.asked == 3)
    }

    @Test("Addresses that never answer are dropped with the end of the time for the dial")
    func silent() throws {
        let silent = try Silence(port: rig.providerPort)
        names.answer([silent.host])
        try client.send(WorkerRig.post())
        try rig.waitForGauge(ProviderGauge(dialling: 1))
        time.pass(milliseconds: 10_000)
        #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 504 "))
        names.answer([1])
        try succeed()
        #expect(names.asked == 2)
    }

    @Test("A client that leaves says nothing about the addresses")
    func left() throws {
        let silent = try Silence(port: rig.providerPort)
        names.answer([silent.host])
        try client.send(WorkerRig.post())
        try rig.waitForGauge(ProviderGauge(dialling: 1))
        client.close()
        _ = try rig.settled()
        let next = try rig.client()
        try next.send(WorkerRig.post())
        try rig.waitForGauge(ProviderGauge(dialling: 1))
        #expect(names.asked == 1)
        next.close()
    }

    @Test("With a time of zero each dial asks, and nothing old serves")
    func zero() throws {
        let names = names
        let rig = try WorkerRig {
            $0.name = "provider.test"
            $0.resolve = names.resolve
            $0.connections.nameLifetime = 0
        }
        let client = try rig.client()
        for asked in 1...3 {
            try succeed(rig, client)
            #expect(names.asked == asked)
        }
        names.answer(nil)
        try fail(rig, client)
    }

    @Test("An address where nobody listens falls over to the next one")
    func dead() throws {
        names.answer([2, 3, 1])
        try succeed()
        try succeed()
        #expect(try rig.settled(2).map(\.outcome) == [.completed, .completed])
        // It was no failure: what was found is kept.
        #expect(names.asked == 1)
        #expect(try rig.gauge() == ProviderGauge())
    }

    @Test("An address that never answers does so too, and its attempt is given up")
    func mute() throws {
        let silent = try Silence(port: rig.providerPort)
        names.answer([silent.host, 1])
        try client.send(WorkerRig.post())
        let provider = try rig.provider()
        _ = try provider.readMessage()
        #expect(try rig.gauge() == ProviderGauge(inUse: 1))
        try provider.send(Self.whole)
        #expect(try client.readMessage().body == "{}")
        #expect(names.asked == 1)
    }
}

/// An address of this machine whose port answers no connection.
private final class Silence {
    let host: UInt8 = 9
    private let descriptors: [Int32]

    init(port: UInt16) throws {
        let listener = try Loopback.listen(nonBlocking: true, backlog: 0, port: port, host: host)
        descriptors =
            [listener.descriptor] + (try Loopback.fillQueue(port: port, host: host))
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
