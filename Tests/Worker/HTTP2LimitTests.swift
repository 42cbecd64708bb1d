import IPC
import TestTLS
import Testing

@testable import Worker

@Suite("What one HTTP/2 connection may take is bounded, and ends it alone", .serialized)
struct HTTP2LimitTests {
    private static let calm = 11

    private func rig(_ change: @escaping (inout WorkerRig.Options) -> Void = { _ in }) throws
        -> WorkerRig
    {
        try WorkerRig {
            $0.clientsUseTLS = true
            change(&$0)
        }
    }

    /// Another client's stream is served to its end.
    private func check(_ stream: (id: Int, provider: RawSocket), of client: HTTP2Client) throws {
        try stream.provider.send(WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n")
        #expect(try client.answer(stream.id).text.hasSuffix(WorkerRig.done))
    }

    private func begin(
        _ rig: WorkerRig, _ client: HTTP2Client
    ) throws -> (id: Int, provider: RawSocket) {
        let id = try client.post()
        let provider = try rig.provider()
        _ = try provider.readMessage()
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.delta("abcd")))
        try client.body(id, count: 1)
        return (id, provider)
    }

    @Test("The settings say what a client may do")
    func settings() throws {
        let rig = try rig { $0.limits.headerBytes = 5000 }
        let client = try HTTP2Client(rig)
        try client.wait { !$0.settings.isEmpty }
        #expect(client.session.settings == [3: 100, 4: 256 * 1024, 6: 10_000])
    }

    enum Flood: CaseIterable, Sendable {
        case resets, pings, settings, continuations, emptyData, noise
    }

    @Test("Floods end the connection with a reason; others go on", arguments: Flood.allCases)
    func flood(_ flood: Flood) throws {
        let rig = try rig()
        let honest = try HTTP2Client(rig)
        let stream = try begin(rig, honest)
        let hostile = try HTTP2Client(rig)
        // The server's settings are acknowledged first: until then its header bound is another.
        try hostile.wait { !$0.settings.isEmpty }
        var code = Self.calm
        switch flood {
        case .resets:
            for _ in 0...HTTP2Limits.resetsMax {
                let id = try hostile.session.request(
                    "POST", "/v1/chat/completions",
                    [("authorization", "Bearer \(WorkerRig.key)")], ends: false)
                try hostile.session.reset(id)
            }
        case .pings: for _ in 0...HTTP2Limits.controlFramesMax { try hostile.session.ping() }
        case .settings:
            for _ in 0...HTTP2Limits.controlFramesMax { try hostile.session.sendSettings() }
        case .continuations:
            try hostile.push()
            // HEADERS of one byte without END_HEADERS, and CONTINUATION without end.
            var bytes: [UInt8] = [0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82]
            for _ in 0...HTTP2Limits.continuationsMax {
                bytes += [0, 0, 1, 9, 0, 0, 0, 0, 1, 0x84]
            }
            try hostile.socket.send(bytes)
        case .emptyData:
            let id = try hostile.session.request(
                "POST", "/v1/chat/completions", [("authorization", "Bearer \(WorkerRig.key)")],
                ends: false)
            for _ in 0..<3 { try hostile.session.send([], on: id) }
        case .noise:
            code = 6
            try hostile.push()
            // A frame of 16 MiB.
            try hostile.socket.send([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1])
        }
        try hostile.push()
        try hostile.readToEnd()
        #expect(hostile.session.goodbyes.last?.code == code)
        try check(stream, of: honest)
        #expect(honest.session.goodbyes.isEmpty)
        #expect(try rig.settled(1).contains { $0.outcome == .completed })
        #expect(try rig.openStreams == 0)
    }

    @Test("A stream too many is refused, and no request of it is served")
    func tooMany() throws {
        let rig = try rig()
        let client = try HTTP2Client(rig)
        try client.wait { !$0.settings.isEmpty }
        // By hand: a proper client would wait with it.
        func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
        let fields =
            [0x83, 0x87, 0x04] + text("/v1/chat/completions") + [0x01] + text("a")
            + [0x0f, 0x08] + text("Bearer \(WorkerRig.key)")
        var bytes: [UInt8] = []
        for index in 0...HTTP2Limits.streamsMax {
            bytes += [0, 0, UInt8(fields.count), 1, 4, 0, 0, 0, UInt8(2 * index + 1)] + fields
        }
        try client.socket.send(bytes)
        var scanner = FrameScanner()
        var frames: [FrameScanner.Frame] = []
        while frames.isEmpty, let bytes = try client.socket.readSome() {
            bytes.withUnsafeBytes { bytes in
                scanner.scan(bytes) { if $0.type == 3 || $0.type == 7 { frames.append($0) } }
            }
        }
        #expect(frames.first?.type == 7 || frames.first?.stream == 2 * HTTP2Limits.streamsMax + 1)
        #expect(!rig.hasDialled)
    }

    @Test("Header fields of twice the bound end the connection, and no other")
    func largeHead() throws {
        let rig = try rig { $0.limits.headerBytes = 4000 }
        let honest = try HTTP2Client(rig)
        let stream = try begin(rig, honest)
        let client = try HTTP2Client(rig)
        try client.wait { !$0.settings.isEmpty }
        let long = ("x-long", String(repeating: "x", count: 9000))
        try client.session.request("GET", "/healthz", [long])
        try client.push()
        try client.readToEnd()
        #expect(client.session.goodbyes.last?.code ?? 0 > 0)
        try check(stream, of: honest)
    }

    @Test("A connection without a request ends after its time, with a farewell")
    func idle() throws {
        let rig = try rig { $0.limits.idleTimeout = 300 }
        let client = try HTTP2Client(rig)
        let id = try client.session.request("GET", "/healthz")
        try client.push()
        #expect(try client.answer(id).status == 200)
        try client.readToEnd()
        #expect(client.session.goodbyes.map(\.code) == [0])
        #expect(client.session.goodbyes.last?.last == id)
    }

    @Test("Header fields that do not go on end the connection after the time for a head")
    func slowHead() throws {
        let rig = try rig { $0.limits.headerTimeout = 300 }
        let client = try HTTP2Client(rig)
        try client.wait { !$0.settings.isEmpty }
        try client.socket.send([0, 0, 9, 1, 5, 0, 0, 0, 1, 0x82])
        try client.readToEnd()
    }

    @Test("A drain lets streams finish, takes no more, and ends what is left with the error event")
    func drain() throws {
        let rig = try rig()
        let client = try HTTP2Client(rig)
        let first = try begin(rig, client)
        let second = try begin(rig, client)
        rig.server.drain(within: .seconds(3))
        try client.wait { !$0.goodbyes.isEmpty }
        try check(first, of: client)
        let answer = try client.answer(second.id)
        #expect(answer.isEnded && answer.text.contains("shutting_down"))
        try client.readToEnd()
        #expect(client.session.goodbyes.map(\.code) == [0, 0])
        #expect(client.session.goodbyes.last?.last == second.id)
        let records = try rig.settled(2)
        #expect(records.map(\.outcome) == [.completed, .drained])
        try rig.server.finished.wait()
    }

    @Test("A client that closes its sending side has left, however half-closed ones are served")
    func halfClosed() throws {
        let rig = try rig { $0.halfClosedClients = .serve }
        let client = try HTTP2Client(rig)
        let stream = try begin(rig, client)
        client.socket.shutDownSending()
        try stream.provider.waitForEnd()
        #expect(try rig.settled().first?.outcome == .clientGone)
    }
}
