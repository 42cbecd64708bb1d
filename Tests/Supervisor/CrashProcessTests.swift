import CLinux
import Glibc
import IPC
import Testing

@testable import struct FakeChild.WordFilter
@testable import Supervisor

@Suite("Every end that should not be leaves one entry, and the supervisor goes on", .serialized)
final class CrashProcessTests {
    private var tallies: [String] = []

    deinit { for path in tallies { unlink(path) } }

    #if arch(arm64)
        private static let trap = "SIGTRAP"
    #else
        private static let trap = "SIGILL"
    #endif

    /// Starts a worker that dies as the script says the first time it is started, and serves the second.
    private func harness(
        dyingOnce script: String, commandPath: String? = nil, folder: String? = nil
    ) throws -> Harness {
        var settings = Harness.Settings(workers: 1)
        settings.commandPath = commandPath
        var template = Array("/tmp/dd0c-route-tally-XXXXXX".utf8CString)
        let tally = mkstemp(&template)
        try #require(tally >= 0)
        close(tally)
        let path = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        settings.worker = "tally=\(path)\nfailures=1\n\(script)"
        defer { tallies.append(path) }
        return try Harness(settings, folder: folder)
    }

    /// Waits for the entry and for the next worker, ends the service, and gives the entry.
    private func entry(of harness: Harness) throws -> String {
        let entry = try harness.next("supervisor: crash of worker[0]")
        // The next worker may have been faster than the names of the functions.
        if harness.count("supervisor: ready") == 0 { try harness.next("supervisor: ready") }
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0, "\(harness.log)")
        #expect(harness.count("crash of") == 1)
        #expect(harness.count(" started") == 3, "accountant, worker, worker again")
        return entry
    }

    @Test(arguments: [
        ("fatal-error", trap, "failFatally", "Fatal error: the planted word is swordfish"),
        ("duplicate-key", trap, "repeatKey", "Duplicate values for key: 'a word'"),
        ("trap", trap, "addTooMuch", ""), ("index", trap, "readPastTheEnd", ""),
        ("null-pointer", "SIGSEGV", "write in", ""), ("call", "SIGSEGV", "callNothing", ""),
        ("abort", "SIGABRT", "giveUp", ""), ("overflow", "SIGSEGV", "goDeeper", ""),
        ("overflow-on-thread", "SIGSEGV", "goDeeper", ""),
    ])
    func aFaultIsNamed(kind: String, signal: String, function: String, message: String) throws {
        let harness = try harness(dyingOnce: "crash=\(kind)\ntext=a word\nstreams=3\nstream=7")
        let entry = try entry(of: harness)
        for text in [
            "(\(signal))", "; 3 open streams, at work for stream 7", "; generation 1",
            "FakeChild+0x", function, message,
        ] where !text.isEmpty {
            #expect(entry.contains(text), "\(text) in \(entry)")
        }
        #expect(!entry.contains("no symbols"))
    }

    @Test func aKilledChildHasItsBreadcrumbs() throws {
        let entry = try entry(of: try harness(dyingOnce: "crash=kill\nstreams=5"))
        #expect(entry.contains("was killed by signal 9 (SIGKILL)"))
        #expect(entry.contains("5 open streams"))
        #expect(!entry.contains("#0"))
    }

    @Test func anOverflowWithoutASecondStackIsToldByTheSignal() throws {
        let entry = try entry(of: try harness(dyingOnce: "crash=overflow-on-unprotected-thread"))
        #expect(entry.contains("(SIGSEGV) and left no report"))
    }

    @Test func anUnexpectedExitIsOneToo() throws {
        let entry = try entry(of: try harness(dyingOnce: "exit=3\nstreams=1"))
        #expect(entry.contains("exited with code 3; 1 open stream;"))
    }

    @Test func aCommandThatCannotNameAnythingCostsOnlyTheNames() throws {
        let harness = try harness(dyingOnce: "crash=trap", commandPath: "/bin/false")
        let entry = try harness.next("supervisor: crash of worker[0]")
        #expect(entry.contains("no symbols: the command exited with code 1"))
        #expect(entry.contains("#0 FakeChild+0x"))
    }

    @Test func aCommandThatHangsIsGivenUp() throws {
        let folder = try Harness.temporaryFolder()
        let command = folder + "/that-hangs"
        try #require(symlink(try Harness.product("FakeChild"), command) == 0)
        let harness = try harness(dyingOnce: "crash=trap", commandPath: command, folder: folder)
        let entry = try harness.next("supervisor: crash of worker[0]")
        #expect(entry.contains("no symbols: the command took too long"))
        #expect(entry.contains("#0 FakeChild+0x"))
    }

    @Test func aCommandThatNeverStopsTalkingIsEnded() throws {
        let harness = try harness(dyingOnce: "crash=trap", commandPath: "/usr/bin/yes")
        let entry = try harness.next("supervisor: crash of worker[0]")
        #expect(entry.contains("no symbols: the command said too much"))
    }

    @Test func aKeyInWhatTheRuntimeSaysIsNowhere() throws {
        // Made up: the shape of a provider's key. The child has no filter, so the supervisor's must do.
        let key = "sk-proj-" + String(repeating: "aB3dE6gH9jK2", count: 8)
        let harness = try harness(dyingOnce: "crash=duplicate-key\ntext=Bearer \(key)")
        let entry = try entry(of: harness)
        #expect(entry.contains("it said: ") && entry.contains("[REDACTED:"))
        #expect(harness.count("Duplicate values") == 2, "the line itself, and the entry")
        for start in stride(from: 8, to: key.count - 12, by: 1) {
            #expect(!harness.log.contains(key.dropFirst(start).prefix(12)))
        }
    }

    @Test func aHundredMegabytesWithoutAnEndOfLineCostNoMemory() throws {
        let harness = try harness(dyingOnce: "crash=flood\nexit=3")
        _ = try harness.next("supervisor: ready")
        let status = String(
            decoding: try Harness.contents("/proc/\(harness.pid)/status"), as: UTF8.self)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM") })
        let kilobytes = try #require(
            line.split { $0 == " " || $0 == "\t" }.compactMap { Int($0) }.first)
        #expect(kilobytes < 64 * 1024, "\(line)")
        #expect(harness.count("[continued] xxx") > 1_000)
    }

    @Test func aSecretOverTwoWritesOrLinesIsNotTornApart() throws {
        var output = ChildOutput(filter: WordFilter(word: "sword\nfish", isBroken: false))
        var lines: [String] = []
        for piece in ["a swo", "rd\nfi", "sh b\n", "sword"] {
            lines += Array(piece.utf8).withUnsafeBytes { output.take($0) }
        }
        #expect(lines == ["a [masked] b"])
        #expect(output.flush() == [])
        #expect(output.finish() == ["sword"])
    }
}
