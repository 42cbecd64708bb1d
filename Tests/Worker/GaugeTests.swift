import Configuration
import IPC
import Testing

@testable import Worker

extension ProviderGauge {
    init(
        dialling: Int = 0, idle: Int = 0, inUse: Int = 0, lookups: Int = 0, waiting: Int = 0
    ) {
        self.init()
        self.dialling = dialling
        self.idle = idle
        self.inUse = inUse
        self.lookups = lookups
        self.waiting = waiting
    }
}

@Suite("The gauge of provider connections is exact on every way out", .serialized)
struct GaugeTests {
    /// A way in which an exchange ends.
    struct Ending: CustomTestStringConvertible, Sendable {
        var name: String
        /// What the provider sends once it has the request.
        var answer = ""
        var providerLeaves = false
        var clientLeaves = false
        /// Connections that wait for a request afterwards.
        var idle = 0
        var outcome: Outcome
        var testDescription: String { name }
    }

    private static let whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    private static let event = WorkerRig.chunk(WorkerRig.delta("a"))
    private static let end = WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n"

    static let endings = [
        Ending(name: "whole", answer: whole, idle: 1, outcome: .completed),
        Ending(
            name: "streamed", answer: WorkerRig.streamHead + event + end, idle: 1,
            outcome: .completed),
        Ending(
            name: "closed by the provider behind the answer",
            answer: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
            outcome: .completed),
        Ending(
            name: "with excess bytes", answer: whole + "HTTP/1.1 200 OK\r\n", outcome: .completed),
        Ending(
            name: "an error", answer: "HTTP/1.1 429 No\r\nContent-Length: 2\r\n\r\n{}", idle: 1,
            outcome: .providerError),
        Ending(
            name: "without a terminal event", answer: WorkerRig.streamHead + event + "0\r\n\r\n",
            idle: 1, outcome: .providerFailed),
        Ending(name: "no answer", providerLeaves: true, outcome: .providerFailed),
        Ending(name: "no HTTP", answer: "nonsense\r\n\r\n", outcome: .providerFailed),
        Ending(
            name: "broken framing", answer: WorkerRig.streamHead + event + "zz\r\n",
            outcome: .providerFailed),
        Ending(
            name: "cut off", answer: WorkerRig.streamHead + event, providerLeaves: true,
            outcome: .providerFailed),
        Ending(name: "client gone before the head", clientLeaves: true, outcome: .clientGone),
        Ending(
            name: "client gone in the stream", answer: WorkerRig.streamHead + event,
            clientLeaves: true, outcome: .clientGone),
    ]

    @Test("An exchange that ends leaves nothing in use", arguments: endings)
    func leavesNothing(_ ending: Ending) throws {
        let rig = try WorkerRig()
        #expect(rig.counters.providers.map(\.name) == ["openai", "anthropic"])
        let (client, provider) = try rig.exchange()
        #expect(try rig.gauge() == ProviderGauge(inUse: 1))
        if !ending.answer.isEmpty { try provider.send(ending.answer) }
        if ending.clientLeaves {
            if !ending.answer.isEmpty { _ = try client.read(through: "\n\n\r\n") }
            client.close()
        }
        if ending.providerLeaves { provider.close() }
        if !ending.clientLeaves { _ = try client.readMessage() }
        #expect(try rig.settled().first?.outcome == ending.outcome)
        #expect(try rig.gauge() == ProviderGauge(idle: ending.idle))
        #expect(try rig.gauge("anthropic") == ProviderGauge())
        // And what is idle is gone when the provider goes.
        provider.close()
        try rig.waitForGauge(ProviderGauge())
    }

    @Test("A kept connection is in use again, and idle again")
    func reuse() throws {
        let rig = try WorkerRig()
        let (client, provider) = try rig.exchange()
        for _ in 0..<3 {
            #expect(try rig.gauge() == ProviderGauge(inUse: 1))
            try provider.send(Self.whole)
            _ = try client.readMessage()
            #expect(try rig.gauge() == ProviderGauge(idle: 1))
            try client.send(WorkerRig.post())
            _ = try provider.readMessage()
        }
        client.close()
        _ = try rig.settled(4)
        #expect(try rig.gauge() == ProviderGauge())
    }

    @Test("A provider that refuses or never accepts connections")
    func unreachable() throws {
        let refusing = try WorkerRig()
        refusing.stopProvider()
        let client = try refusing.client()
        try client.send(WorkerRig.post())
        #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 502 "))
        #expect(try refusing.gauge() == ProviderGauge())

        let mute = try WorkerRig {
            $0.fillsProviderQueue = true
            $0.limits.connectTimeout = 200
        }
        let other = try mute.client()
        try other.send(WorkerRig.post())
        try mute.collect { !$0.isEmpty }
        try mute.waitForGauge(ProviderGauge(dialling: 1))
        #expect(try other.readMessage().head.hasPrefix("HTTP/1.1 504 "))
        #expect(try mute.gauge() == ProviderGauge())
    }

    @Test("A provider that is too slow, and a drain that is over")
    func timesOut() throws {
        let rig = try WorkerRig { $0.limits.responseTimeout = 100 }
        let (client, silent) = try rig.exchange()
        #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 504 "))
        #expect(try rig.gauge() == ProviderGauge())
        try silent.waitForEnd()

        let draining = try WorkerRig()
        let (last, provider) = try draining.exchange()
        try provider.send(WorkerRig.streamHead + Self.event)
        _ = try last.read(through: "\n\n")
        draining.tell(.drain(milliseconds: 100))
        _ = try last.readToEnd()
        last.close()
        try draining.server.finished.wait()
        #expect(try draining.gauge() == ProviderGauge())
    }

    @Test("Twenty at a time, each on its own way out")
    func many() throws {
        let rig = try WorkerRig()
        var clients: [RawSocket] = []
        var providers: [RawSocket] = []
        for number in 1...20 {
            let (client, provider) = try rig.exchange()
            clients.append(client)
            providers.append(provider)
            #expect(try rig.gauge() == ProviderGauge(inUse: number))
        }
        for (number, provider) in providers.enumerated() where number % 2 == 0 {
            try provider.send(Self.whole)
            _ = try clients[number].readMessage()
            #expect(try rig.gauge().open == 20)
        }
        #expect(try rig.gauge() == ProviderGauge(idle: 10, inUse: 10))
        for (number, client) in clients.enumerated() where number % 2 == 1 { client.close() }
        _ = try rig.settled(20)
        #expect(try rig.gauge() == ProviderGauge(idle: 10))
    }

    @Test("More providers than rows share the last one")
    func others() throws {
        let fd = try CounterFile.create(slots: 1, rows: 2)
        let counters = try CounterFile(descriptor: fd, writable: true)
        let gauges = ProviderGauges(counters, providers: ["a", "b", "c"])
        for provider in 0..<3 { gauges.change(provider) { $0.inUse += provider + 1 } }
        gauges.change(2) { $0.inUse -= 1 }
        #expect(counters.providers.map(\.name) == ["a", "(others)"])
        #expect(counters.providers.map(\.gauge.inUse) == [1, 4])
        let none = try CounterFile(
            descriptor: try CounterFile.create(slots: 1, rows: 0), writable: true)
        ProviderGauges(none, providers: ["a"]).change(0) { $0.idle += 1 }
        #expect(none.providers.isEmpty)
    }
}
