import GRDB
import IPC
import Testing

@testable import Accountant

@Suite("Counts of another tokenizer are corrected by what completed answers have shown")
struct CalibrationBookTests {
    static func opened(
        model: String = "claude-x", script: ScriptClass? = .latin, isTextOnly: Bool = true,
        encoding: CountEncoding = .claude, stream: UInt64 = 1
    ) -> StreamOpened {
        StreamOpened(
            stream: stream, slot: nil, startedAt: 1, key: "app1", endpoint: .messages, model: model,
            provider: "anthropic", providerModel: model, isStreaming: true, promptProduced: 100,
            promptBasis: PromptBasis(encoding: encoding, script: script, isTextOnly: isTextOnly))
    }

    /// 100 tokens of prompt counted and 130 reported; 200 of completion counted and 300 reported.
    static func usage(_ change: (inout StreamUsage) -> Void = { _ in }) -> StreamUsage {
        var usage = StreamUsage()
        usage.providerAccepted = true
        usage.promptProduced = 100
        usage.promptReported = 130
        usage.completionProduced = 200
        usage.completionDelivered = 200
        usage.completionReported = 300
        usage.completionScript = .latin
        usage.completionIsText = true
        change(&usage)
        return usage
    }

    static func taught(
        _ opened: StreamOpened = opened(), _ usage: StreamUsage = usage(),
        _ outcome: Outcome = .completed, times: Int = 5
    ) -> CalibrationBook {
        var book = CalibrationBook()
        for _ in 0..<times { book.learn(outcome, opened, usage, now: 7) }
        return book
    }

    static let known = Calibration.Pair(
        prompt: Calibration(ratio: 1_300_000, error: 0, samples: 5),
        completion: Calibration(ratio: 1_500_000, error: 0, samples: 5))

    @Test("Five completed answers give the ratios of both texts")
    func learns() {
        #expect(Self.taught().calibrations(Self.opened(), Self.usage()) == Self.known)
        #expect(Self.taught(times: 4).calibrations(Self.opened(), Self.usage()) == .none)
    }

    struct Polluted: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var opened = CalibrationBookTests.opened()
        var outcome = Outcome.completed
        var prompt = true
        var completion = true
        var change: @Sendable (inout StreamUsage) -> Void = { _ in }
    }

    static let polluted: [Polluted] = [
        Polluted(testDescription: "hidden reasoning is taken out") {
            $0.completionReported = 5_300
            $0.reasoningTokens = 5_000
        },
        Polluted(testDescription: "so is reasoning that was shown") {
            $0.completionProduced = 260
            $0.reasoningProduced = 60
            $0.completionReported = 1_300
            $0.reasoningTokens = 1_000
        },
        Polluted(testDescription: "reasoning shown, but not reported apart", completion: false) {
            $0.completionProduced = 260
            $0.reasoningProduced = 60
        },
        Polluted(testDescription: "tool calls", completion: false) { $0.completionIsText = false },
        Polluted(
            testDescription: "a prompt with tools or images", opened: opened(isTextOnly: false),
            prompt: false),
        Polluted(testDescription: "cached parts are part of the prompt") {
            $0.promptReported = 10
            $0.cachedTokens = 70
            $0.cacheWrite5mTokens = 30
            $0.cacheWrite1hTokens = 20
        },
        Polluted(testDescription: "a report out of all proportion", completion: false) {
            $0.completionReported = 1
        },
        Polluted(testDescription: "no report", prompt: false, completion: false) {
            $0.promptReported = nil
            $0.completionReported = nil
        },
        Polluted(
            testDescription: "an early end", outcome: .clientGone, prompt: false, completion: false),
        Polluted(testDescription: "a refusal", prompt: false, completion: false) {
            $0.providerAccepted = false
        },
        Polluted(testDescription: "more reasoning than answer", completion: false) {
            $0.reasoningTokens = 301
        },
        Polluted(
            testDescription: "the provider's own tokenizer needs no ratio", prompt: false,
            completion: false
        ) { $0.countSource = .counted },
    ]

    @Test("Only what can be compared is learned", arguments: polluted)
    func onlyComparable(_ row: Polluted) {
        let book = Self.taught(row.opened, Self.usage(row.change), row.outcome)
        let found = book.calibrations(Self.opened(), Self.usage())
        #expect(found.prompt == (row.prompt ? Self.known.prompt : nil))
        #expect(found.completion == (row.completion ? Self.known.completion : nil))
    }

    @Test("The class first, then the model, then all models that are counted so")
    func fallbacks() throws {
        var book = Self.taught()
        let cjk = Self.usage {
            $0.completionScript = .cjk
            $0.completionReported = 240
        }
        func ratio(_ model: String, _ script: ScriptClass, _ encoding: CountEncoding = .claude)
            -> UInt32?
        {
            let usage = Self.usage { $0.completionScript = script }
            let opened = Self.opened(model: model, encoding: encoding)
            return book.calibrations(opened, usage).completion?.ratio
        }
        #expect(ratio("claude-x", .cjk) == 1_500_000)
        for _ in 0..<5 { book.learn(.completed, Self.opened(script: .cjk), cjk, now: 8) }
        #expect(ratio("claude-x", .cjk) == 1_200_000)
        #expect(ratio("claude-x", .latin) == 1_500_000)
        // A class never seen of this model: the model's ratio over all classes.
        let mixed = try #require(ratio("claude-x", .emoji))
        #expect(mixed > 1_200_000 && mixed < 1_500_000)
        // A model never seen: what is known of the class under this vocabulary.
        #expect(ratio("claude-y", .cjk) == 1_200_000)
        #expect(ratio("claude-y", .emoji) == nil)
        #expect(ratio("claude-y", .cjk, .o200k) == nil)
    }

    @Test("A prompt with tools or images is never corrected by the ratio of text")
    func onlyText() {
        let found = Self.taught().calibrations(Self.opened(isTextOnly: false), Self.usage())
        #expect(found.prompt == nil && found.completion == Self.known.completion)
        let images = Self.usage { $0.promptSource = .counted }
        #expect(Self.taught().calibrations(Self.opened(), images).prompt == nil)
    }

    @Test("The number of rows is bounded, and what is used stays")
    func bounded() {
        var book = CalibrationBook()
        for number in 0..<3_000 {
            let now = Int64(number)
            book.learn(.completed, Self.opened(model: "m\(number)"), Self.usage(), now: now)
            book.learn(.completed, Self.opened(model: "kept"), Self.usage(), now: now)
            #expect(book.entries.count <= CalibrationBook.rowsMax)
        }
        let found = book.calibrations(Self.opened(model: "kept"), Self.usage())
        #expect(found.completion?.samples == 3_000)
        // What went from memory goes from the disk.
        #expect(book.changes.filter { $0.value == nil }.count > 0)
        #expect(book.changes.filter { $0.value == nil }.allSatisfy { book.entries[$0.key] == nil })
    }

    // MARK: On disk

    private static func settled(_ stream: UInt64, _ outcome: Outcome, _ usage: StreamUsage)
        -> UsageRecord
    {
        .settled(
            StreamSettled(
                stream: stream, sequence: 1, outcome: outcome, status: 200, durationNanoseconds: 1,
                reason: nil, usage: usage))
    }

    @Test("What was learned outlives the process, and is learned once however often a record comes")
    func persisted() throws {
        let folder = try TemporaryFolder()
        let worker = try TestWorker()
        do {
            let ledger = try Ledger(directory: folder.path)
            var intake = try UsageIntake.make(ledger)
            try intake.attach(worker)
            for stream in UInt64(1)...5 {
                let record = Self.settled(stream, .completed, Self.usage())
                try worker.send([.opened(Self.opened(stream: stream)), record, record])
            }
            #expect(intake.collect() == .committed(ended: []))
            try worker.send([Self.settled(5, .completed, Self.usage())])
            #expect(intake.collect() == .committed(ended: []))
            try ledger.close()
        }
        let ledger = try Ledger(directory: folder.path)
        let (book, unreadable) = try ledger.calibrations()
        #expect(unreadable == 0)
        #expect(book.calibrations(Self.opened(), Self.usage()) == Self.known)
        var intake = try UsageIntake.make(ledger)
        try intake.attach(worker)
        let cut = Self.usage {
            $0.promptReported = nil
            $0.completionReported = nil
            $0.completionDelivered = 40
        }
        try worker.send([.opened(Self.opened(stream: 6)), Self.settled(6, .clientGone, cut)])
        #expect(intake.collect() == .committed(ended: []))
        let line = try #require(try ledger.lines().last)
        #expect(
            line.contains(
                "\"prompt_tokens\":{\"reported\":null,\"produced\":100,\"delivered\":null,"
                    + "\"billed\":130,\"source\":\"calibrated\",\"calibration\":"
                    + "{\"ratio_ppm\":1300000,\"error_ppm\":0,\"samples\":5}}"))
        #expect(
            line.contains(
                "\"completion_tokens\":{\"reported\":null,\"produced\":200,\"delivered\":40,"
                    + "\"billed\":60,\"source\":\"calibrated\",\"calibration\":"
                    + "{\"ratio_ppm\":1500000,\"error_ppm\":0,\"samples\":5}}"))
    }

    @Test("Rows that make no sense are left out, said, and learned again")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        let path = try Ledger(directory: folder.path).path
        try DatabaseQueue(path: path).write {
            for (encoding, script, side, blob) in [
                (9, 1, 1, ""), (4, 9, 1, ""), (4, 1, 3, ""), (4, 1, 1, "x"),
            ] {
                try $0.execute(
                    sql:
                        "INSERT INTO calibration VALUES ('p', 'm', ?, ?, ?, 0, 0, CAST(? AS BLOB))",
                    arguments: [encoding, script, side, blob])
            }
        }
        let log = LogLines()
        let intake = try UsageIntake.make(try Ledger(directory: folder.path), log.log)
        #expect(intake.book.calibrations.entries.isEmpty)
        #expect(log.contains("left out 4 calibrations"))
    }

    @Test("A ledger of the first version is taken over with its open streams and its records")
    func migration() throws {
        let folder = try TemporaryFolder()
        let first = "1 workers, open streams, records, prices"
        let queue = try DatabaseQueue(path: folder.path + "/" + Ledger.fileName)
        try LedgerSchema.migrator.migrate(queue, upTo: first)
        try queue.write {
            try $0.execute(
                sql: """
                    INSERT INTO open_stream (incarnation, stream, worker, generation, started_at, key,
                        endpoint, model, is_streaming, count_source)
                    VALUES (1, 2, 0, 1, 5, 'k', 1, 'm', 1, 1);
                    INSERT INTO record (id, started_at, settled_at, outcome, provider_accepted,
                        count_source, prompt_source, completion_source, chunks_flushed, bytes_flushed,
                        worker, generation)
                    VALUES ('1', 1, 2, 'completed', 1, 'estimated', 'none', 'none', 0, 0, 0, 1)
                    """)
        }
        try queue.close()
        let ledger = try Ledger(directory: folder.path)
        let stream = try #require(try ledger.openStreams().values.first)
        #expect(stream.opened?.promptBasis == nil && stream.opened?.model == "m")
        #expect(try ledger.lines().first?.contains("\"calibration\":null") == true)
    }

    @Test("An open stream's basis is there again after a restart")
    func openStream() throws {
        let folder = try TemporaryFolder()
        let ledger = try Ledger(directory: folder.path)
        var book = StreamBook(prices: try Sample.prices())
        for (stream, script) in [(UInt64(1), ScriptClass?.some(.emoji)), (2, nil)] {
            book.apply(
                .opened(Self.opened(script: script, isTextOnly: false, stream: stream)),
                from: Sample.worker, now: 1
            ) { _ in false }
        }
        try ledger.commit(book.changes, open: book.open, now: 1)
        book.committed()
        #expect(try ledger.openStreams() == book.open)
    }
}
