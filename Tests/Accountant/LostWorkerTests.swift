import GRDB
import IPC
import Testing

@testable import Accountant

@Suite("Every stream of a lost worker is settled once, from the best evidence there is")
struct LostWorkerTests {
    static func counts(_ tokens: UInt64) -> StreamCounts {
        var counts = StreamCounts()
        counts.chunksFlushed = tokens
        counts.bytesFlushed = tokens * 10
        counts.bytesAcknowledged = tokens * 10
        counts.completionProduced = tokens
        counts.completionDelivered = tokens
        counts.firstByteNanoseconds = 5_000_000
        counts.providerAccepted = true
        counts.countSource = .counted
        return counts
    }

    @Test("The counters are ahead of the records; what lay in the queue is taken first")
    func fromCounters() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        let worker = try TestWorker()
        for stream in UInt64(1)...4 {
            try worker.send([.opened(Sample.opened(stream, slot: UInt32(stream)))])
            worker.counters.open(slot: UInt32(stream), stream: stream)
        }
        try worker.send([Sample.progress(1, 1, tokens: 3), Sample.progress(4, 1, tokens: 6)])
        worker.counters.update(slot: 1, Self.counts(9))
        // Settled in the queue, its slot was given back and taken by another stream.
        try worker.send([Sample.settled(2, 1, tokens: 2)])
        worker.counters.close(slot: 2)
        worker.counters.open(slot: 2, stream: 77)
        worker.counters.update(slot: 2, Self.counts(1000))
        // Stream 4's slot says nothing of it.
        worker.counters.close(slot: 4)
        // A frame that its sender's death cut short.
        try worker.send(bytes: [40, 0, 0, 0, 1, 2, 1])
        worker.die()

        var intake = try UsageIntake.make(ledger)
        try intake.attach(worker)
        #expect(intake.collect() == .committed(ended: []))
        #expect(intake.collect() == .committed(ended: [worker.identity.incarnation]))
        #expect(intake.book.open.isEmpty && intake.channels.channels.isEmpty)
        let lines = try ledger.lines()
        try #require(lines.count == 4)
        #expect(
            lines[0].contains("\"outcome\":\"worker_lost\"")
                && lines[0].contains("\"chunks_flushed\":9,"))
        #expect(lines[0].contains("\"delivered\":9,\"billed\":9,\"source\":\"counted\""))
        #expect(lines[0].contains("\"first_byte_ms\":5,") && lines[0].contains("\"status\":null"))
        #expect(
            lines[1].contains("\"outcome\":\"completed\"")
                && lines[1].contains("\"chunks_flushed\":2,"))
        // Never accepted: nothing is charged, though the prompt was counted.
        #expect(
            lines[2].contains("\"produced\":11,\"delivered\":null,\"billed\":0,\"source\":\"none\"")
        )
        #expect(
            lines[3].contains("\"outcome\":\"worker_lost\"")
                && lines[3].contains("\"chunks_flushed\":6,"))
    }

    @Test("Accountant and worker die at once: the next accountant settles from queue and counters")
    func bothDie() throws {
        let folder = try TemporaryFolder()
        let worker = try TestWorker()
        do {
            var intake = try UsageIntake.make(Ledger(directory: folder.path))
            try worker.send([.opened(Sample.opened(1, slot: 1))])
            worker.counters.open(slot: 1, stream: 1)
            try intake.attach(worker)
            #expect(intake.collect() == .committed(ended: []))
        }
        try worker.send([Sample.progress(1, 1, tokens: 4), .opened(Sample.opened(2, slot: 2))])
        worker.counters.update(slot: 1, Self.counts(5))
        worker.die()
        let ledger = try Ledger(directory: folder.path)
        var intake = try UsageIntake.make(ledger)
        try intake.attach(worker)
        // Not settled while its channel is attached, whatever time passes.
        #expect(intake.settleOrphans() == .committed(ended: []))
        #expect(try ledger.lines().isEmpty)
        _ = intake.collect()
        #expect(intake.collect() == .committed(ended: [worker.identity.incarnation]))
        let lines = try ledger.lines()
        try #require(lines.count == 2)
        #expect(
            lines[0].contains("\"chunks_flushed\":5,") && lines[1].contains("\"chunks_flushed\":0,")
        )
    }

    @Test("Streams of a worker that never comes back are settled from their last record, once")
    func orphans() throws {
        let folder = try TemporaryFolder()
        let worker = try TestWorker()
        try worker.send([.opened(Sample.opened(1)), Sample.progress(1, 1, tokens: 4)])
        do {
            var intake = try UsageIntake.make(Ledger(directory: folder.path))
            try intake.attach(worker)
            _ = intake.collect()
        }
        let ledger = try Ledger(directory: folder.path)
        let lines = LogLines()
        var intake = try UsageIntake.make(ledger, lines.log)
        #expect(intake.settleOrphans() == .committed(ended: []))
        #expect(lines.contains("settled 1 streams"))
        let settled = try ledger.lines()
        #expect(settled.count == 1)
        #expect(
            settled[0].contains("\"delivered\":4,\"billed\":4")
                && settled[0].contains("\"duration_ms\":null"))
        // It comes back after all: its records change nothing.
        try worker.send([Sample.progress(1, 2, tokens: 8), Sample.settled(1, 3, tokens: 9)])
        try intake.attach(worker)
        _ = intake.collect()
        #expect(try ledger.lines() == settled)
        #expect(intake.book.open.isEmpty)
    }

    @Test("Of two counts of tokens the later one is charged, also where it is less")
    func laterCount() {
        var stream = OpenStream(worker: Sample.worker, opened: Sample.opened(1))
        stream.usage = Sample.usage(tokens: 20)
        var counts = Self.counts(30)
        counts.completionProduced = 19
        counts.completionDelivered = 18
        counts.completionScript = .cjk
        let usage = stream.evidence(with: counts)
        #expect(usage.completionProduced == 19 && usage.completionDelivered == 18)
        #expect(usage.completionScript == .cjk)
        counts.bytesFlushed = 200
        #expect(stream.evidence(with: counts).completionProduced == 20)
    }

    @Test("The prompt's count keeps its own source when the counters speak of the completion")
    func promptSource() {
        var stream = OpenStream(worker: Sample.worker, opened: Sample.opened(1))
        #expect(stream.evidence.promptSource == .estimated)
        let usage = stream.evidence(with: Self.counts(3))
        #expect(usage.countSource == .counted && usage.promptSource == .estimated)
        stream.usage = Sample.usage(tokens: 2)
        stream.usage?.countSource = .estimated
        #expect(stream.evidence(with: Self.counts(3)).promptSource == .estimated)
    }

    @Test("Evidence that the counters are behind is kept")
    func neverLess() {
        var stream = OpenStream(worker: Sample.worker, opened: Sample.opened(1))
        stream.usage = Sample.usage(tokens: 20)
        let usage = stream.evidence(with: Self.counts(10))
        #expect(usage.chunksFlushed == 20 && usage.completionDelivered == 20)
        #expect(stream.evidence(with: Self.counts(30)).bytesAcknowledged == 300)
        #expect(stream.evidence(with: nil) == stream.usage)
    }
}
