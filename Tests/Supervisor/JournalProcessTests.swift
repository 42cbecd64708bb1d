import Glibc
import Testing

@testable import Supervisor

@Suite(
    "Under systemd the journal gets entries, and no lines",
    .enabled(if: FakeJournal.isPossible, "needs root, for a mount namespace"), .serialized)
struct JournalProcessTests {
    @Test func entriesHaveTheirFields() throws {
        let journal = try FakeJournal()
        var settings = Harness.Settings(workers: 1)
        settings.preparation = FakeJournal.preparation
        settings.worker = "say=<4>request_refused status=429 request=r-1\ncrash=trap\nstream=7"
        let harness = try Harness(settings, folder: journal.folder)
        let started = try journal.next("MESSAGE_ID", MessageID.childStarted.rawValue)
        #expect(started["DD0C_ROLE"] == "accountant")
        #expect(started["SYSLOG_IDENTIFIER"] == "dd0c-route" && started["PRIORITY"] == "6")
        let line = try journal.next("DD0C_EVENT", "request_refused")
        #expect(line["PRIORITY"] == "4" && line["DD0C_STATUS"] == "429")
        #expect(line["DD0C_REQUEST_ID"] == "r-1" && line["DD0C_WORKER"] == "0")
        #expect(line["DD0C_GENERATION"] == "1")
        #expect(line["MESSAGE"]?.hasSuffix(": request_refused status=429 request=r-1") == true)
        let crash = try journal.next("MESSAGE_ID", MessageID.crash.rawValue)
        #expect(crash["PRIORITY"] == "2" && crash["DD0C_STREAM"] == "7")
        #expect(crash["DD0C_PID"] == line["DD0C_PID"])
        let frames = try #require(crash["DD0C_FRAMES"]).split(separator: "\n")
        #expect(frames.contains { $0.contains("addTooMuch") })
        harness.signal(SIGKILL)
        #expect(try harness.end() == -SIGKILL)
        #expect(harness.lines == [], "all of it went to the journal")
    }

    @Test func aJournalThatDoesNotReadHoldsNothingUp() throws {
        let journal = try FakeJournal()
        var settings = Harness.Settings(workers: 1)
        settings.preparation = FakeJournal.preparation
        settings.worker = Array(repeating: "say=<6>a line like any other", count: 3_000)
            .joined(separator: "\n")
        let harness = try Harness(settings, folder: journal.folder)
        while try journal.next()["MESSAGE"]?.hasSuffix("like any other") != true {}
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0)
        #expect(harness.count("<6>supervisor: stopped, exit code 0") == 1, "as lines in the end")
        #expect(harness.count("log lines were dropped: nobody took them") == 1)
    }

    @Test func aStreamThatIsAnotherIsNoJournal() throws {
        var settings = Harness.Settings(workers: 1)
        settings.environment = ["JOURNAL_STREAM=1:2"]
        let harness = try Harness(settings)
        try harness.next("supervisor: ready")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0)
    }
}
