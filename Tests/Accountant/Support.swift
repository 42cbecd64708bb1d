import CLinux
import Configuration
import Foundation
import GRDB
import IPC
import LedgerFormat
import Synchronization

@testable import Accountant

/// A folder of its own, removed at the end.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/accountant-tests-XXXXXX\0".utf8CString.dropLast())
        guard let made = mkdtemp(&template) else { throw POSIXError(.EIO) }
        path = String(cString: made)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Collects log lines.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    var log: Log { Log { line in self.lines.withLock { $0.append(line) } } }
    var all: [String] { lines.withLock { $0 } }
    func contains(_ text: String) -> Bool { all.contains { $0.contains(text) } }
}

/// The same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

enum Sample {
    static let startedAt: Int64 = 1_795_000_000_123_456_789
    static let worker = WorkerIdentity(incarnation: 0xfeed_0000_0000_0001, slot: 1, generation: 3)

    /// A model of 1 and 2 USD per million tokens, cached 0.1.
    static func prices() throws -> PriceTable {
        try PriceTable(
            rules: [
                PriceRule(match: "test-*", input: 1000, output: 2000, cachedInput: 100)
            ], shipped: .empty)
    }

    static func opened(_ stream: UInt64, slot: UInt32? = nil) -> StreamOpened {
        StreamOpened(
            stream: stream, slot: slot, startedAt: startedAt, key: "app1",
            endpoint: .chatCompletions, model: "alias", provider: "openai",
            providerModel: "test-1", isStreaming: true, promptProduced: 11, countSource: .estimated)
    }

    static func usage(tokens: UInt64) -> StreamUsage {
        var usage = StreamUsage()
        usage.chunksFlushed = tokens
        usage.bytesFlushed = tokens * 10
        usage.bytesAcknowledged = tokens * 10
        usage.providerAccepted = true
        usage.promptProduced = 11
        usage.completionProduced = tokens
        usage.completionDelivered = tokens
        usage.countSource = .counted
        return usage
    }

    static func progress(_ stream: UInt64, _ sequence: UInt64, tokens: UInt64) -> UsageRecord {
        .progress(StreamProgress(stream: stream, sequence: sequence, usage: usage(tokens: tokens)))
    }

    static func settled(
        _ stream: UInt64, _ sequence: UInt64, tokens: UInt64, outcome: Outcome = .completed
    ) -> UsageRecord {
        .settled(
            StreamSettled(
                stream: stream, sequence: sequence, outcome: outcome, status: 200,
                durationNanoseconds: 1_500_000_000, reason: nil, usage: usage(tokens: tokens)))
    }
}

/// A worker's side of a channel and of its counters.
final class TestWorker {
    let identity: WorkerIdentity
    private(set) var sender: Int32
    let receiver: Int32
    let countersDescriptor: Int32
    let counters: CounterFile

    init(_ identity: WorkerIdentity = Sample.worker) throws {
        self.identity = identity
        var pair: [Int32] = [-1, -1]
        guard route_socketpair(0, &pair) == 0 else { throw POSIXError(.EMFILE) }
        _ = route_grow_send_buffer(pair[0], 4 << 20)
        sender = pair[0]
        receiver = pair[1]
        countersDescriptor = try CounterFile.create(slots: 64)
        counters = try CounterFile(descriptor: countersDescriptor, writable: true)
    }

    deinit {
        die()
        close(receiver)
        close(countersDescriptor)
    }

    /// Sends records as one write.
    func send(_ records: [UsageRecord]) throws {
        var writer = ByteWriter()
        for record in records { UsageCoding.encode(record, into: &writer) }
        try send(bytes: writer.bytes)
    }

    func send(bytes: [UInt8]) throws {
        guard route_send(sender, bytes, bytes.count) == bytes.count else {
            throw POSIXError(.EAGAIN)
        }
    }

    /// Closes the sending end, as the end of all its holders does.
    func die() {
        if sender >= 0 { close(sender) }
        sender = -1
    }

    /// A descriptor of the receiving end, as the supervisor hands it over.
    func handover() -> Int32 { dup(receiver) }
}

extension Ledger {
    /// All records as JSON lines, by id.
    func lines() throws -> [String] {
        try reader.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM \(ChainedTable.effectiveRecords) ORDER BY id")
                .map(RecordJSON.text)
        }
    }
}

extension UsageIntake {
    /// An intake with the test's prices, on a ledger.
    static func make(
        _ ledger: Ledger, _ log: Log = LogLines().log, clock: Clock = .system
    ) throws -> UsageIntake {
        try UsageIntake(ledger: ledger, prices: Sample.prices(), log: log, clock: clock)
    }

    mutating func attach(_ worker: TestWorker) throws {
        attach(
            worker.identity, descriptor: worker.handover(),
            counters: try CounterFile(descriptor: worker.countersDescriptor, writable: false))
    }
}

/// Runs blocking work on a thread of its own: the pool of Swift tasks has few threads, and others need them.
func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

extension StreamBook {
    /// Applies one record, where no stream of an earlier commit is amended.
    mutating func apply(
        _ record: UsageRecord, from worker: WorkerIdentity, now: Int64,
        isRecorded: (StreamKey) throws -> Bool
    ) rethrows {
        try apply(
            record, from: worker, now: now, settled: { _ in nil }, isRecorded: isRecorded)
    }
}
