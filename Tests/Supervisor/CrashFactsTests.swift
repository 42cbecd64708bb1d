import Glibc
import IPC
import Testing

@testable import Supervisor

@Suite("A crash entry says what is known, and how it is known")
struct CrashFactsTests {
    private static let worker = "worker[1] pid 7"

    private func facts(_ cause: ExitCause, report: Bool = false) throws -> CrashFacts {
        CrashFacts(
            title: Self.worker, role: .worker(slot: 1), pid: 7, generation: 2, incarnation: 0xAB,
            cause: cause, report: report ? try Self.report() : nil)
    }

    /// A report of SIGSEGV with twenty frames.
    private static func report() throws -> CrashReport {
        let descriptor = try CrashFile.create()
        defer { close(descriptor) }
        var bytes: [UInt8] = Array("dd0ccrsh".utf8)
        // Version and images, open streams, the stream, then state, signal, code, fault, and its image.
        for word: UInt32 in [1, 1, 4, 0, 17, 0, 3, UInt32(SIGSEGV), 1, 2, .max, 1] {
            withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
        }
        // The fault's offset, the thread, the number of frames.
        for word: UInt32 in [0, 0, 7, 20] {
            withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
        }
        for frame in 0..<UInt32(20) {
            for word in [0, 0, 0x100 + frame, 0] {
                withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
            }
        }
        bytes += Array(repeating: 0, count: 44 * 16)
        bytes += [2, 0, 0, 0, 0xAB, 0xCD] + Array(repeating: 0, count: 18)
        bytes += Array("/opt/some/worker\u{1B}[31m".utf8)
        let written = pwrite(descriptor, bytes, bytes.count, 0)
        try #require(written == bytes.count)
        return try CrashFile.read(descriptor)
    }

    private func value(_ name: String, of entry: LogEntry) -> String? {
        entry.fields.first { $0.name == name }?.value
    }

    @Test func allOfAReportIsInTheEntry() throws {
        var facts = try facts(.signalled(SIGSEGV), report: true)
        facts.message = "Fatal error: one\nand two"
        facts.symbols = [0: "first() + 1"]
        let entry = facts.entry
        #expect(entry.priority == .critical && entry.kind == .crash)
        let place = "worker\\x1b[31m+0x"
        #expect(
            entry.text.hasPrefix(
                "crash of worker[1] pid 7: was killed by signal 11 (SIGSEGV), code 1, at a null pointer, "
                    + "on the event loop; 4 open streams, at work for stream 17; generation 2; "
                    + "it said: Fatal error: one | and two; build abcd; "
                    + "#0 \(place)100 first() + 1; #1 \(place)101; "))
        #expect(entry.text.hasSuffix("#11 \(place)10b; and 8 more frames"))
        #expect(value("SIGNAL", of: entry) == "SIGSEGV")
        #expect(value("SIGNAL_CODE", of: entry) == "1")
        #expect(value("FAULT", of: entry) == "at a null pointer")
        #expect(value("WORKER", of: entry) == "1" && value("PID", of: entry) == "7")
        #expect(value("INCARNATION", of: entry) == "00000000000000ab")
        #expect(value("OPEN_STREAMS", of: entry) == "4" && value("STREAM", of: entry) == "17")
        #expect(value("BUILD_ID", of: entry) == "abcd")
        #expect(value("SECRETS_WIPED", of: entry) == "yes")
        #expect(value("RUNTIME_MESSAGE", of: entry) == "Fatal error: one\nand two")
        #expect(value("FRAMES", of: entry)?.split(separator: "\n").count == 20)
    }

    @Test func aReportOfAnotherSignalIsNotThisEnds() throws {
        let entry = try facts(.signalled(SIGKILL), report: true).entry
        #expect(!entry.text.contains("#0") && entry.text.contains("4 open streams"))
        #expect(value("FRAMES", of: entry) == nil)
    }

    @Test func whoKilledItIsTold() throws {
        var killed = try facts(.signalled(SIGKILL))
        #expect(killed.entry.text.contains("(SIGKILL), sent by another process"))
        killed.isMemoryShort = true
        #expect(killed.entry.text.contains("(SIGKILL), probably out of memory"))
        killed.killReason = "it answered no ping for 500 ms"
        #expect(
            killed.entry.text.contains(
                "(SIGKILL) of the supervisor: it answered no ping for 500 ms"))
        #expect(!killed.entry.text.contains("memory"))
    }

    @Test func anExitHasItsCode() throws {
        let entry = try facts(.exited(code: 3)).entry
        #expect(entry.text == "crash of worker[1] pid 7: exited with code 3; generation 2")
        #expect(value("EXIT_CODE", of: entry) == "3")
    }

    @Test func theRuntimesMessageIsFoundAmongOtherLines() {
        var message = RuntimeMessage()
        let start = Moment(milliseconds: 1_000_000)
        message.take(ChildLine("hello"), at: start)
        #expect(message.last(at: start) == nil)
        message.take(ChildLine("<6>note text=\"Fatal error\""), at: start)
        #expect(message.last(at: start) == nil, "a line of the child's own has a level")
        message.take(ChildLine("Worker/Relay.swift:12: Fatal error: no"), at: start)
        message.take(ChildLine("<6>another thread=1"), at: start)
        message.take(ChildLine("second line"), at: start)
        let expected = "Worker/Relay.swift:12: Fatal error: no\nsecond line"
        #expect(message.last(at: start.after(9_000)) == expected)
        #expect(message.last(at: start.after(11_000)) == nil, "it survived that")
        for _ in 0..<10_000 { message.take(ChildLine("more and more"), at: start) }
        #expect((message.last(at: start)?.count ?? .max) <= RuntimeMessage.lengthMax)
    }

    @Test func theKernelsCounterIsReadFromBothKindsOfFile() {
        #expect(KillCounter.count(in: "nr_free 1\noom_kill 12\n") == 12)
        #expect(KillCounter.count(in: "low 0\noom 9\noom_kill 3\noom_group_kill 0\n") == 3)
        #expect(KillCounter.count(in: "") == 0)
        #expect(KillCounter.count(in: "oom_kill many\noom_kill") == 0)
        var counter = KillCounter()
        _ = counter.hasMoved()
    }

    @Test func namesOfFunctionsComeFromLinesThatMakeSense() throws {
        var facts = try facts(.signalled(SIGSEGV), report: true)
        let process = ChildProcess(
            pid: 1, pidfd: -1, startedAt: Clock.system.now, incarnation: nil, control: nil,
            errors: nil,
            heartbeat: Heartbeat(firstPing: Clock.system.now))
        var symbolizer = Symbolizer(process: process, facts: facts, startedAt: Clock.system.now)
        for line in ["0 main + 1", "20 beyond", "-1 before", "x", "1", "0 again", "2 a b c", ""] {
            symbolizer.take(line)
        }
        #expect(symbolizer.facts.symbols == [0: "main + 1", 2: "a b c"])
        facts.symbols = [:]
        symbolizer = Symbolizer(process: process, facts: facts, startedAt: Clock.system.now)
        for index in 0..<20 { symbolizer.take("\(index) \(String(repeating: "n", count: 9_999))") }
        #expect(symbolizer.facts.symbols.count == 6, "there is a limit to what it may say")
    }
}
