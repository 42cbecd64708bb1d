import CLinux
import Glibc
import IPC
import Logging
import Logs
import Redaction
import Testing

@testable import Supervisor

/// Whatever a request carried: what the processes write down and tell each other holds no key of it.
@Suite("No kind of telemetry holds a key, wherever the request had it")
struct TelemetryTests {
    /// One with a shape, and two that only their values tell.
    private static let shaped = "sk-ant-api03-Xk2Rw8Lm5Tq9Zc4Vb7Nd1Hf6Jg3Ps0Ya-synthetic"
    private static let provider = "Qz7Lp2Vx9Rm4Kd8Wt1Yb6Nc3"
    private static let client = "unshaped.Hj4Tn8Fq2Zs6Xv9Lb1Mc5Wd"
    /// What a careless line of code would make of a request.
    private static let bait =
        "POST /v1/chat/completions?key=\(client)&api_key=\(shaped) authorization: Bearer \(client) "
        + "x-note: \(provider) {\"model\":\"\(shaped)\",\"note\":\"\(provider)\"}"

    private static let known: KnownSecrets = {
        let known = KnownSecrets()
        Array(provider.utf8).withUnsafeBytes { _ = known.add($0) }
        Array(client.utf8).withUnsafeBytes { _ = known.add($0, lifetime: .recent) }
        return known
    }()

    private func expectClean(_ bytes: some Collection<UInt8>, _ what: String) {
        let text = String(decoding: bytes, as: UTF8.self)
        for secret in [Self.shaped, Self.provider, Self.client] {
            let all = Array(secret)
            for start in 0...(all.count - 12) {
                let window = String(all[start..<(start + 12)])
                // A shape's constant beginning is no secret.
                guard !window.hasPrefix("sk-ant-api"), !window.hasPrefix("k-ant-api") else {
                    continue
                }
                #expect(!text.contains(window), "\(what): \(window)")
            }
        }
    }

    @Test("Usage records: every text of every kind")
    func usageRecords() throws {
        var usage = StreamUsage()
        usage.serviceTier = Self.provider
        let records: [UsageRecord] = [
            .opened(
                StreamOpened(
                    stream: 1, slot: 0, startedAt: 0, key: Self.client, endpoint: .chatCompletions,
                    model: Self.bait, provider: Self.provider, providerModel: Self.shaped,
                    isStreaming: true)),
            .progress(StreamProgress(stream: 1, sequence: 1, usage: usage)),
            .settled(
                StreamSettled(
                    stream: 1, sequence: 2, outcome: .completed, status: 200,
                    durationNanoseconds: 1, reason: Self.client, usage: usage)),
        ]
        for record in records {
            var writer = ByteWriter(known: Self.known)
            UsageCoding.encode(record, into: &writer)
            expectClean(writer.bytes, "\(record.stream)")
            // It is a record all the same.
            let step = try writer.bytes.withUnsafeBytes { try UsageCoding.next(in: $0) }
            guard case .record(let read, _) = step else {
                Issue.record("\(step)")
                continue
            }
            #expect(read.stream == 1)
        }
    }

    @Test("Control messages: they have no room for a text")
    func controlMessages() {
        let worker = WorkerIdentity(incarnation: 1, slot: 2, generation: 3)
        let all: [ControlMessage] = [
            .ping(1), .drain(milliseconds: 2), .attach(worker), .configure, .ready,
            .pong(1, openStreams: 2), .released(incarnation: 3), .configured(accepted: true),
        ]
        for message in all {
            let bytes = ControlCoding.encode(message)
            #expect(bytes.count <= 64)
            expectClean(bytes, "\(message)")
        }
    }

    @Test("A child's log entry, and the journal entry that the supervisor makes of it")
    func journalEntries() throws {
        var ends: [Int32] = [-1, -1]
        try #require(route_socketpair(0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let output = LogOutput(descriptor: ends[0], patience: 0, known: Self.known)
        let logger = Logger(label: "test") { _ in RedactingLogHandler(output: output) }
        logger.error(
            "\(Self.bait)",
            metadata: [
                "model": "\(Self.bait)", "request": "\(Self.client)", "reason": "\(Self.shaped)",
            ])
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        let count = route_consume(ends[1], &bytes, bytes.count)
        try #require(count > 0)
        expectClean(bytes.prefix(count), "the line")
        try expectCleanEntry(Array(bytes.prefix(count)))
        // And where the child itself redacts nothing, as a library would not.
        try expectCleanEntry(
            LogLine(
                level: .error, message: Self.bait,
                fields: [("model", Self.bait), ("request", Self.client)]
            ).bytes + [10])
    }

    private func expectCleanEntry(_ line: [UInt8]) throws {
        var output = ChildOutput(filter: OutputFilter.make(Self.known))
        var lines = line.withUnsafeBytes { output.take($0) }
        lines += output.finish()
        let text = try #require(lines.first)
        let parsed = ChildLine(text)
        let entry = LogEntry(
            priority: parsed.priority ?? .info, source: "worker[0] pid 1", text: parsed.text,
            fields: parsed.fields)
        #expect(parsed.priority == .error)
        expectClean(entry.journalFields.joined(separator: "\n").utf8, "the entry")
        expectClean(entry.line.utf8, "the line of the entry")
    }

    @Test("A crash entry, whatever the runtime said")
    func crashEntries() throws {
        var ends: [Int32] = [-1, -1]
        try #require(route_socketpair(0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let facts = CrashFacts(
            title: "worker[0] pid 1", role: .worker(slot: 0), pid: 1, generation: 1, incarnation: 1,
            cause: .signalled(SIGILL), report: nil, message: "Fatal error: \(Self.bait)")
        var log = LogSink(descriptor: ends[0])
        log.use(Self.known)
        log.write(facts.entry)
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        let count = route_consume(ends[1], &bytes, bytes.count)
        try #require(count > 0)
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        #expect(text.contains("crash of worker[0] pid 1"))
        #expect(text.contains("[REDACTED:"))
        expectClean(bytes.prefix(count), "the crash entry")
    }
}
