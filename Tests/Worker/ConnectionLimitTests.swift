import Configuration
import IPC
import NIOCore
import Testing

@testable import Worker

@Suite(
    "Connections to a provider are bounded, and whoever waits for one is served in turn",
    .serialized)
struct ConnectionLimitTests {
    private static let whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    private static let last =
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"

    private static func rig(
        most: Int = 1, _ change: (inout WorkerRig.Options) -> Void = { _ in }
    ) throws -> WorkerRig {
        try WorkerRig {
            $0.connections.most = most
            change(&$0)
        }
    }

    private static func request(_ name: String) -> String {
        WorkerRig.post(
            #"{"model":"gpt-x","stream":true,"messages":[{"role":"user","content":"\#(name)"}]}"#)
    }

    /// Clients whose requests wait behind one that is in use, in the order of their names.
    private func line(_ names: [String], at rig: WorkerRig, inUse: Int = 1) throws -> [RawSocket] {
        try names.enumerated().map { number, name in
            let client = try rig.client()
            try client.send(Self.request(name))
            try rig.waitForGauge(ProviderGauge(inUse: inUse, waiting: number + 1))
            return client
        }
    }

    private func expect(_ name: String, at provider: RawSocket) throws {
        #expect(try provider.readMessage().body.contains("\"\(name)\""))
    }

    @Test("A connection that is released goes to the first in line, and no other one is made")
    func released() throws {
        let rig = try Self.rig()
        let (client, provider) = try rig.exchange()
        let waiting = try line(["first", "second"], at: rig)
        try provider.send(Self.whole)
        _ = try client.readMessage()
        for (name, client) in zip(["first", "second"], waiting) {
            try expect(name, at: provider)
            try provider.send(Self.whole)
            #expect(try client.readMessage().body == "{}")
        }
        #expect(try rig.settled(3).map(\.outcome) == [.completed, .completed, .completed])
        #expect(try rig.gauge() == ProviderGauge(idle: 1))
        #expect(!rig.hasDialled)
    }

    @Test(
        "A request that comes in the turn of the release does not overtake those in line",
        arguments: [true, false])
    func overtaking(releasesFirst: Bool) throws {
        let rig = try Self.rig()
        let late = try rig.client()
        try late.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try late.readMessage()
        let (client, provider) = try rig.exchange()
        let waiting = try line(["first"], at: rig)
        try rig.standStill {
            if releasesFirst { try provider.send(Self.whole) }
            try late.send(Self.request("late"))
            if !releasesFirst { try provider.send(Self.whole) }
        }
        _ = try client.readMessage()
        try expect("first", at: provider)
        try provider.send(Self.whole)
        _ = try waiting[0].readMessage()
        try expect("late", at: provider)
    }

    @Test("The place of a connection that ends is that of the first in line")
    func closed() throws {
        let rig = try Self.rig()
        let (client, provider) = try rig.exchange()
        let waiting = try line(["first", "second"], at: rig)
        #expect(!rig.hasDialled)
        try provider.send(Self.last)
        _ = try client.readMessage()
        let next = try rig.provider()
        try expect("first", at: next)
        #expect(try rig.gauge() == ProviderGauge(inUse: 1, waiting: 1))
        waiting[0].close()
        try next.waitForEnd()
        try expect("second", at: try rig.provider())
        #expect(!rig.hasDialled)
    }

    @Test("There are never more connections than may be")
    func bound() throws {
        let rig = try Self.rig(most: 3)
        let exchanges = try (0..<3).map { _ in try rig.exchange() }
        let names = (0..<20).map { "request \($0)" }
        let waiting = try line(names, at: rig, inUse: 3)
        #expect(!rig.hasDialled)
        for number in waiting.indices {
            let provider = exchanges[number % 3].provider
            try provider.send(Self.whole)
            try expect(names[number], at: provider)
            #expect(try rig.gauge() == ProviderGauge(inUse: 3, waiting: 19 - number))
            if number >= 3 { #expect(try waiting[number - 3].readMessage().body == "{}") }
        }
        #expect(!rig.hasDialled)
    }

    @Test("A client that leaves the line takes no connection with it", arguments: [true, false])
    func leaving(byReset: Bool) throws {
        let rig = try Self.rig()
        let (client, provider) = try rig.exchange()
        let waiting = try line(["first", "second"], at: rig)
        if byReset { waiting[0].reset() } else { waiting[0].close() }
        let gone = try #require(try rig.settled().first)
        #expect(gone.outcome == .clientGone)
        #expect(!gone.usage.providerAccepted)
        #expect(try rig.gauge() == ProviderGauge(inUse: 1, waiting: 1))
        try provider.send(Self.whole)
        _ = try client.readMessage()
        try expect("second", at: provider)
        waiting[1].close()
        try provider.waitForEnd()
        #expect(try rig.settled(3).map(\.outcome) == [.completed, .clientGone, .clientGone])
        #expect(try rig.gauge() == ProviderGauge())
        #expect(!rig.hasDialled)
    }

    @Test("The last in line leaves: the connection is kept as if nobody had waited")
    func leavingEmpty() throws {
        let rig = try Self.rig()
        let (client, provider) = try rig.exchange()
        try line(["first"], at: rig)[0].close()
        _ = try rig.settled()
        try provider.send(Self.whole)
        _ = try client.readMessage()
        try rig.waitForGauge(ProviderGauge(idle: 1))
        try client.send(Self.request("again"))
        try expect("again", at: provider)
    }

    @Test("A connection and the first in line go in the same turn: the next one gets the place")
    func leavingTogether() throws {
        let rig = try Self.rig()
        let (client, provider) = try rig.exchange()
        let waiting = try line(["first", "second"], at: rig)
        rig.standStill {
            client.reset()
            waiting[0].reset()
        }
        try provider.waitForEnd()
        let next = try rig.provider()
        try expect("second", at: next)
        #expect(try rig.gauge() == ProviderGauge(inUse: 1))
        waiting[1].close()
        try next.waitForEnd()
        #expect(try rig.settled(3).map(\.outcome) == [.clientGone, .clientGone, .clientGone])
        #expect(!rig.hasDialled)
    }

    @Test(
        "A request that finds the line full is answered 503 in its family's way, and costs nothing",
        arguments: [0, 1])
    func full(waitingMost: Int) throws {
        let rig = try Self.rig {
            $0.connections.waitingMost = waitingMost
        }
        let (first, provider) = try rig.exchange()
        let waiting = try line(waitingMost == 0 ? [] : ["first"], at: rig)
        let client = try rig.client()
        try client.send(WorkerRig.post())
        let answer = try client.readMessage()
        #expect(answer.head.hasPrefix("HTTP/1.1 503 "))
        #expect(answer.head.lowercased().contains("\r\nretry-after: 2\r\n"))
        #expect(answer.body.contains(#""type":"server_error""#))
        #expect(answer.body.contains(#""code":"provider_busy""#))
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .rejected)
        #expect(record.reason == "waiting_max")
        #expect(record.status == 503)
        #expect(!record.usage.providerAccepted)
        #expect(!rig.hasDialled)
        // The client's connection is as good as before.
        for waiter in waiting { waiter.close() }
        _ = try rig.settled(1 + waiting.count)
        try provider.send(Self.whole)
        _ = try first.readMessage()
        try client.send(Self.request("again"))
        try expect("again", at: provider)
    }

    @Test("Anthropic's clients are told that it is overloaded")
    func fullMessages() throws {
        let rig = try Self.rig { $0.connections.waitingMost = 0 }
        let body = #"{"model":"claude-x","messages":[]}"#
        let first = try rig.client()
        try first.send(WorkerRig.post(body, to: "/v1/messages"))
        let provider = try rig.provider()
        _ = try provider.readMessage()
        let second = try rig.client()
        try second.send(WorkerRig.post(body, to: "/v1/messages"))
        let answer = try second.readMessage()
        #expect(answer.head.hasPrefix("HTTP/1.1 503 "))
        #expect(answer.head.lowercased().contains("\r\nretry-after: 2\r\n"))
        #expect(answer.body.contains(#""error":{"type":"overloaded_error""#))
        // Another provider has connections of its own.
        let other = try rig.client()
        try other.send(WorkerRig.post())
        _ = try rig.provider().readMessage()
        first.close()
        try provider.waitForEnd()
    }

    @Test("A request that waits too long is answered 503, and not a moment earlier")
    func waitingTimeout() throws {
        let time = ManualClock()
        let rig = try Self.rig {
            $0.clock = time.clock
            $0.connections.waitingTimeout = 100_000
        }
        let (client, provider) = try rig.exchange()
        let first = try line(["first"], at: rig)[0]
        time.pass(milliseconds: 1)
        let second = try rig.client()
        try second.send(Self.request("second"))
        try rig.waitForGauge(ProviderGauge(inUse: 1, waiting: 2))
        time.pass(milliseconds: 99_998)
        try rig.tickPools()
        #expect(try rig.gauge() == ProviderGauge(inUse: 1, waiting: 2))
        time.pass(milliseconds: 1)
        try rig.tickPools()
        let answer = try first.readMessage()
        #expect(answer.head.hasPrefix("HTTP/1.1 503 "))
        #expect(answer.head.lowercased().contains("\r\nretry-after: 2\r\n"))
        #expect(answer.body.contains(#""code":"provider_busy""#))
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .rejected)
        #expect(record.reason == "waiting_timeout")
        #expect(record.durationNanoseconds == 100_000_000_000)
        #expect(!record.usage.providerAccepted)
        #expect(try rig.gauge() == ProviderGauge(inUse: 1, waiting: 1))
        // The one who came later has a moment left.
        try provider.send(Self.whole)
        _ = try client.readMessage()
        try expect("second", at: provider)
        try provider.send(Self.whole)
        #expect(try second.readMessage().body == "{}")
    }

    @Test("The time for the dial begins with the dial")
    func connectTimeout() throws {
        let time = ManualClock()
        let rig = try Self.rig {
            $0.clock = time.clock
            $0.limits.connectTimeout = 20_000
            $0.limits.responseTimeout = 40_000
            $0.connections.waitingTimeout = 100_000
        }
        let (client, provider) = try rig.exchange()
        try provider.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n")
        _ = try client.read(through: "\r\n\r\n")
        let waiting = try line(["first"], at: rig)
        // Whose answer tells that the worker has looked at the time.
        let witness = try rig.client()
        try witness.send(WorkerRig.post(#"{"model":"claude-x","messages":[]}"#, to: "/v1/messages"))
        let silent = try rig.provider()
        _ = try silent.readMessage()
        time.pass(milliseconds: 50_000)
        #expect(try witness.readMessage().head.hasPrefix("HTTP/1.1 504 "))
        #expect(try rig.gauge() == ProviderGauge(inUse: 1, waiting: 1))
        try provider.send("{}")
        let next = try rig.provider()
        try expect("first", at: next)
        try next.send(Self.whole)
        #expect(try waiting[0].readMessage().body == "{}")
        try silent.waitForEnd()
    }

    @Test("A dial that fails lets the next in line dial, down to the last")
    func failingDials() throws {
        let rig = try Self.rig()
        let (client, provider) = try rig.exchange()
        let waiting = try line((0..<30).map { "request \($0)" }, at: rig)
        rig.stopProvider()
        try provider.send(Self.last)
        _ = try client.readMessage()
        for client in waiting {
            #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 502 "))
        }
        let records = try rig.settled(31).dropFirst()
        #expect(records.allSatisfy { $0.reason == "connect_failed" })
        #expect(try rig.gauge() == ProviderGauge())
    }

    @Test("A dial whose client leaves lets the next in line dial")
    func cancelledDial() throws {
        let rig = try Self.rig { $0.fillsProviderQueue = true }
        let client = try rig.client()
        try client.send(Self.request("first"))
        try rig.waitForGauge(ProviderGauge(dialling: 1))
        let next = try rig.client()
        try next.send(Self.request("second"))
        try rig.waitForGauge(ProviderGauge(dialling: 1, waiting: 1))
        client.close()
        try rig.waitForGauge(ProviderGauge(dialling: 1))
        #expect(try rig.settled().map(\.outcome) == [.clientGone])
        next.close()
        try rig.waitForGauge(ProviderGauge())
    }

    @Test("The retry of a request whose kept connection was dead does not wait behind others")
    func retry() throws {
        let rig = try Self.rig()
        let (client, provider) = try rig.exchange()
        try provider.send(Self.whole)
        _ = try client.readMessage()
        try client.send(Self.request("again"))
        _ = try provider.readMessage()
        let waiting = try line(["first"], at: rig)
        provider.close()
        let second = try rig.provider()
        try expect("again", at: second)
        #expect(try rig.gauge() == ProviderGauge(inUse: 1, waiting: 1))
        try second.send(Self.whole)
        #expect(try client.readMessage().body == "{}")
        try expect("first", at: second)
        try second.send(Self.whole)
        #expect(try waiting[0].readMessage().body == "{}")
        #expect(!rig.hasDialled)
    }

    @Test("A worker that drains serves the line; what is left at the deadline is told so")
    func drain() throws {
        let rig = try Self.rig()
        let idle = try rig.client()
        try idle.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try idle.readMessage()
        let (client, provider) = try rig.exchange()
        let waiting = try line(["first", "second"], at: rig)
        rig.tell(.drain(milliseconds: 60_000))
        // It has begun.
        #expect(try idle.readToEnd() == "")
        idle.close()
        try provider.send(Self.whole)
        #expect(try client.readToEnd()?.hasSuffix("{}") == true)
        client.close()
        let next = try rig.provider()
        try expect("first", at: next)
        #expect(try rig.gauge() == ProviderGauge(inUse: 1, waiting: 1))
        rig.tell(.drain(milliseconds: 100))
        for client in waiting {
            #expect(try client.readMessage().body.contains("shutting_down"))
            client.close()
        }
        try rig.server.finished.wait()
        let records = try rig.settled(3)
        #expect(records.map(\.outcome) == [.completed, .drained, .drained])
        #expect(try rig.gauge() == ProviderGauge())
        #expect(!rig.hasDialled)
    }

    @Test("Connections without a request are kept up to their bound", arguments: [0, 1, 2])
    func idle(most: Int) throws {
        let rig = try Self.rig(most: 10) { $0.connections.idleMost = most }
        let exchanges = try (0..<3).map { _ in try rig.exchange() }
        for (client, provider) in exchanges {
            try provider.send(Self.whole)
            _ = try client.readMessage()
        }
        try rig.waitForGauge(ProviderGauge(idle: most))
        for (_, provider) in exchanges.dropFirst(most) { try provider.waitForEnd() }
        #expect(!rig.hasDialled)
    }

    @Test("A connection that would not be kept serves whoever waits for it")
    func idleNone() throws {
        let rig = try Self.rig { $0.connections.idleMost = 0 }
        let (client, provider) = try rig.exchange()
        let waiting = try line(["first"], at: rig)
        try provider.send(Self.whole)
        _ = try client.readMessage()
        try expect("first", at: provider)
        try provider.send(Self.whole)
        #expect(try waiting[0].readMessage().body == "{}")
        try provider.waitForEnd()
        #expect(try rig.gauge() == ProviderGauge())
    }
}
