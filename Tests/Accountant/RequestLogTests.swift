import IPC
import Logs
import Synchronization
import Testing

@testable import Accountant

@Suite("Lines of requests")
struct RequestLogTests {
    private final class Lines: Sendable {
        let all = Mutex<[LogLine]>([])
        let hasRoom = Mutex(true)

        func write(_ line: LogLine) -> Bool {
            guard hasRoom.withLock({ $0 }) else { return false }
            all.withLock { $0.append(line) }
            return true
        }

        var texts: [String] {
            all.withLock { $0.map { String(decoding: $0.bytes, as: UTF8.self) } }
        }
    }

    private static func record(
        _ stream: UInt64 = 1, model: String = "gpt-4o", outcome: Outcome = .completed
    ) -> LedgerRecord {
        let worker = WorkerIdentity(incarnation: 0xDD0C, slot: 3, generation: 2)
        let opened = StreamOpened(
            stream: stream, slot: 0, startedAt: 0, key: "app1", endpoint: .chatCompletions,
            model: model, provider: "openai", providerModel: "gpt-4o-2024", isStreaming: true)
        var usage = StreamUsage()
        usage.firstByteNanoseconds = 12_900_000
        return LedgerRecord(
            key: StreamKey(incarnation: 0xDD0C, stream: stream), worker: worker, opened: opened,
            startedAt: 0, settledAt: 1, streamSequence: 1, outcome: outcome, status: 200,
            reason: nil, durationNanoseconds: 2_000_000_000, usage: usage,
            bill: BillingPolicy.Bill(
                prompt: .init(tokens: 5, source: .counted),
                completion: .init(tokens: 7, source: .reported)),
            priced: nil)
    }

    @Test func aRequestIsOneLine() {
        let lines = Lines()
        var log = RequestLog(write: lines.write)
        log.show([Self.record()])
        #expect(
            lines.texts == [
                "<6>request request=000000000000dd0c0000000000000001 key=app1 model=gpt-4o "
                    + "outcome=completed status=200 endpoint=/v1/chat/completions stream=true "
                    + "provider=openai provider_model=gpt-4o-2024 prompt_tokens=5 "
                    + "completion_tokens=7 first_byte_ms=12 duration_ms=2000 worker=3 generation=2"
            ])
    }

    @Test(arguments: [
        "a\nb", "a outcome=drained", "a\"b", "a\\", "\u{0}", "\u{1B}[2J", "<0>x", "",
        "x\" worker=9 model=\"y", String(repeating: "é", count: 40_000),
    ])
    func aModelIsOneValueWhateverItIs(model: String) {
        let lines = Lines()
        var log = RequestLog(write: lines.write)
        log.show([Self.record(model: model)])
        let text = lines.texts.first ?? ""
        #expect(!text.contains("\n") && !text.contains("\u{0}") && !text.contains("\u{1B}"))
        #expect(text.hasSuffix("worker=3 generation=2"))
        #expect(text.utf8.count < 12_000)
        // Outside of quotes there is one of each name.
        var isQuoted = false
        var isEscaped = false
        var plain = ""
        for character in text {
            if isEscaped {
                isEscaped = false
            } else if character == "\\", isQuoted {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if !isQuoted {
                plain.append(character)
            }
        }
        #expect(!isQuoted)
        for name in ["outcome=", "worker=", " model="] {
            #expect(plain.split(separator: name, omittingEmptySubsequences: false).count == 2)
        }
    }

    @Test func whatIsBeyondTheBudgetIsSummedUp() {
        let lines = Lines()
        let clock = ManualClock()
        var log = RequestLog(linesPerSecond: 10, clock: clock.clock, write: lines.write)
        log.show((1...25).map { Self.record($0, outcome: $0 % 5 == 0 ? .clientGone : .completed) })
        #expect(lines.texts.count == 10)
        #expect(log.dueAt != nil)
        log.sumUpIfDue(clock.clock.monotonic)
        #expect(lines.texts.count == 10)
        clock.pass(1_000_000_000)
        log.sumUpIfDue(clock.clock.monotonic)
        #expect(lines.texts.last == "<6>requests_summarised count=15 client_gone=3 completed=12")
        #expect(log.dueAt == nil)
        // A second later there is room for as many again.
        log.show((26...50).map { Self.record($0) })
        #expect(lines.texts.count == 21)
        log.finish()
        #expect(lines.texts.last == "<6>requests_summarised count=15 completed=15")
        log.finish()
        #expect(lines.texts.count == 22)
    }

    @Test func whatFindsNoRoomIsSummedUpLater() {
        let lines = Lines()
        let clock = ManualClock()
        var log = RequestLog(clock: clock.clock, write: lines.write)
        lines.hasRoom.withLock { $0 = false }
        log.show([Self.record(1), Self.record(2)])
        clock.pass(1_000_000_000)
        log.sumUpIfDue(clock.clock.monotonic)
        #expect(lines.texts.isEmpty)
        lines.hasRoom.withLock { $0 = true }
        clock.pass(1_000_000_000)
        log.sumUpIfDue(clock.clock.monotonic)
        #expect(lines.texts == ["<6>requests_summarised count=2 completed=2"])
    }

    @Test func noneAreShownWhereNoneAreWanted() {
        let lines = Lines()
        var log = RequestLog(linesPerSecond: 0, write: lines.write)
        log.show([Self.record()])
        log.finish()
        #expect(lines.texts.isEmpty && log.dueAt == nil)
    }

    /// journald drops what is beyond 10,000 lines in 30 s.
    @Test func inThirtySecondsThereIsRoomForOtherLines() {
        let lines = Lines()
        let clock = ManualClock()
        var log = RequestLog(linesPerSecond: 250, clock: clock.clock, write: lines.write)
        for second in 0..<30 {
            for part in 0..<10 {
                log.show((0..<200).map { Self.record(UInt64(second * 2_000 + part * 200 + $0)) })
                clock.pass(100_000_000)
                log.sumUpIfDue(clock.clock.monotonic)
            }
        }
        #expect(lines.texts.count > 7_000 && lines.texts.count < 8_000)
    }
}
