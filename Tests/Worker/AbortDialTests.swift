import Configuration
import Foundation
import IPC
import NIOCore
import Testing

@testable import Worker

@Suite("A client that leaves ends what is being set up for it", .serialized)
struct AbortDialTests {
    /// Looks a name up when it is told to.
    private final class NameServer: Sendable {
        let asked = DispatchSemaphore(value: 0)
        let answers = DispatchSemaphore(value: 0)
        let address: SocketAddress

        init() throws { address = try SocketAddress(ipAddress: "127.0.0.1", port: 1) }

        var resolve: NameLookup.Resolve {
            { [self] _, port in
                asked.signal()
                answers.wait()
                return (try? SocketAddress(ipAddress: "127.0.0.1", port: port)).map { [$0] } ?? []
            }
        }
    }

    private func expectGone(_ rig: WorkerRig, _ gauge: ProviderGauge = ProviderGauge()) throws {
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .clientGone)
        #expect(record.usage.completionDelivered == 0)
        #expect(!record.usage.providerAccepted)
        #expect(try rig.openStreams == 0)
        #expect(try rig.gauge() == gauge)
    }

    @Test(
        "While a name is looked up: nothing but the look-up's own thread waits for the answer",
        arguments: [true, false])
    func lookup(byReset: Bool) throws {
        let names = try NameServer()
        let rig = try WorkerRig {
            $0.name = "provider.test"
            $0.resolve = names.resolve
        }
        let client = try rig.client()
        try client.send(WorkerRig.post())
        names.asked.wait()
        #expect(try rig.gauge() == ProviderGauge(lookups: 1))
        if byReset { client.reset() } else { client.close() }
        try expectGone(rig, ProviderGauge(lookups: 1))
        // Another provider does not wait behind it.
        let other = try rig.client()
        try other.send(WorkerRig.post(#"{"model":"claude-x","messages":[]}"#, to: "/v1/messages"))
        let provider = try rig.provider()
        _ = try provider.readMessage()
        other.close()
        _ = try rig.settled(2)
        // The next one takes the look-up's answer; the one that has gone is dialled for no more.
        let next = try rig.client()
        try next.send(WorkerRig.post())
        try rig.collect { _ in rig.opened.count == 3 }
        #expect(try rig.gauge() == ProviderGauge(lookups: 1))
        names.answers.signal()
        let dialled = try rig.provider()
        _ = try dialled.readMessage()
        #expect(try rig.gauge() == ProviderGauge(inUse: 1))
        #expect(!rig.hasDialled)
        next.close()
        try dialled.waitForEnd()
        _ = try rig.settled(3)
        #expect(try rig.gauge() == ProviderGauge())
    }

    @Test("A name that does not exist is a provider that cannot be reached")
    func noName() throws {
        let rig = try WorkerRig {
            $0.name = "provider.test"
            $0.resolve = { _, _ in [] }
        }
        let client = try rig.client()
        try client.send(WorkerRig.post())
        #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 502 "))
        #expect(try rig.settled().first?.reason == "connect_failed")
        #expect(try rig.gauge() == ProviderGauge())
    }

    @Test("A look-up that takes too long ends with the time for connecting")
    func slowName() throws {
        let names = try NameServer()
        let rig = try WorkerRig {
            $0.name = "provider.test"
            $0.resolve = names.resolve
            $0.limits.connectTimeout = 150
        }
        let client = try rig.client()
        try client.send(WorkerRig.post())
        #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 504 "))
        #expect(try rig.gauge() == ProviderGauge(lookups: 1))
        names.answers.signal()
        try rig.waitForGauge(ProviderGauge())
        #expect(!rig.hasDialled)
    }

    @Test("The system's look-up finds this machine, and nothing for what is no name")
    func system() throws {
        let found = try #require(NameLookup.system("localhost", 4711))
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.port == 4711 })
        #expect(NameLookup.system("no such name", 1) == [])
    }

    @Test("While the connection is being made", arguments: [true, false])
    func connecting(byReset: Bool) throws {
        let rig = try WorkerRig { $0.fillsProviderQueue = true }
        let client = try rig.client()
        try client.send(WorkerRig.post())
        try rig.waitForGauge(ProviderGauge(dialling: 1))
        if byReset { client.reset() } else { client.close() }
        try expectGone(rig)
    }

    @Test("While TLS is being set up with a provider that never speaks", arguments: [true, false])
    func handshake(byReset: Bool) throws {
        let rig = try WorkerRig { $0.expectsTLS = true }
        let client = try rig.client()
        try client.send(WorkerRig.post())
        let provider = try rig.provider()
        // The first bytes of the client's hello.
        #expect(try provider.read(count: 3).prefix(2) == [22, 3])
        #expect(try rig.gauge() == ProviderGauge(dialling: 1))
        if byReset { client.reset() } else { client.close() }
        try provider.waitForEnd()
        try expectGone(rig)
    }

    @Test("While the provider does not read the request", arguments: [true, false])
    func upload(byReset: Bool) throws {
        let rig = try WorkerRig()
        let client = try rig.client()
        let text = String(repeating: "word ", count: 4_000_000)
        try client.send(
            WorkerRig.post(
                #"{"model":"gpt-x","stream":true,"messages":[{"role":"user","content":""#
                    + text + #""}]}"#))
        let provider = try rig.provider()
        try rig.waitForGauge(ProviderGauge(inUse: 1))
        if byReset { client.reset() } else { client.close() }
        // It reads nothing, and is told all the same.
        #expect(provider.isResetWithoutReading(milliseconds: 10_000))
        try expectGone(rig)
    }

    @Test(
        "Before the request is whole: there is no record and no connection",
        arguments: [true, false])
    func halfRequest(byReset: Bool) throws {
        let rig = try WorkerRig()
        let client = try rig.client()
        try client.send(String(WorkerRig.post().dropLast(5)))
        if byReset { client.reset() } else { client.close() }
        // The worker has seen the end when it has no client any more.
        rig.tell(.drain(milliseconds: 60_000))
        try rig.server.finished.wait()
        #expect(!rig.hasDialled)
        #expect(try rig.gauge() == ProviderGauge())
        #expect(!rig.hasRecords)
    }

    @Test("After the one retry has begun: it is aborted, and there is no other")
    func inRetry() throws {
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        try provider.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        _ = try client.readMessage()
        try client.send(WorkerRig.post())
        _ = try provider.readMessage()
        // A kept connection that ends without a byte of an answer is tried again, once.
        provider.close()
        let second = try rig.provider()
        _ = try second.readMessage()
        client.close()
        try second.waitForEnd()
        #expect(try rig.settled(2).last?.outcome == .clientGone)
        #expect(try rig.gauge() == ProviderGauge())
        #expect(!rig.hasDialled)
    }

    @Test("A kept connection that ends together with its client leaves no retry behind")
    func beforeRetry() throws {
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        try provider.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        _ = try client.readMessage()
        try client.send(WorkerRig.post())
        _ = try provider.readMessage()
        // The loop stands still meanwhile, so that it finds both ends in one turn.
        let go = DispatchSemaphore(value: 0)
        rig.server.loop.execute { go.wait() }
        client.reset()
        provider.close()
        go.signal()
        #expect(try rig.settled(2).last?.outcome == .clientGone)
        #expect(try rig.gauge() == ProviderGauge())
    }
}
