import CLinux
import Glibc
import IPC
import Testing

@testable import Supervisor

@Suite("The supervisor as a process", .serialized)
struct SupervisorProcessTests {
    private func started(_ settings: Harness.Settings = .init()) throws -> Harness {
        let harness = try Harness(settings)
        try harness.next("supervisor: ready")
        // What a child wrote last is logged when it has paused.
        try harness.whole(Int(settings.workers) + 1, "says ready")
        return harness
    }

    @Test func startsTheAccountantFirstAndEndsInOrder() throws {
        let harness = try started()
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0, "\(harness.log)")
        let accountant = try #require(
            harness.lines.firstIndex { $0.contains("accountant") && $0.contains("is ready") })
        let worker = try #require(harness.lines.firstIndex { $0.contains("worker[0]") })
        #expect(accountant < worker)
        #expect(harness.count("says ready") == 3)
        #expect(harness.count("drain 5000") == 2)
        let settled = try #require(harness.lines.lastIndex { $0.contains("settled slot") })
        let drained = try #require(harness.lines.lastIndex { $0.contains(": drain") })
        #expect(harness.count("settled slot") == 2)
        #expect(settled < drained, "the accountant is drained when all is settled")
        #expect(harness.lines[drained].hasPrefix("accountant pid"))
    }

    @Test func childrenGetTheirDescriptorsAndNoSecretsOfTheEnvironment() throws {
        var settings = Harness.Settings(workers: 1)
        settings.worker = "descriptors\nenvironment"
        settings.accountant = "descriptors"
        settings.environment = ["OPENAI_API_KEY=not-for-children", "TZ=UTC"]
        let harness = try started(settings)
        #expect(harness.count("descriptors control,config,usage,counters,crash,http") == 1)
        #expect(harness.count("descriptors control,config") == 2)
        #expect(harness.count("environment TZ=UTC") == 1)
        #expect(harness.count("environment SWIFT_BACKTRACE=enable=no") == 1)
        #expect(harness.count("API_KEY") == 0)
    }

    @Test func aKilledWorkerIsSettledAndReplacedAndTheOtherNotTouched() throws {
        let harness = try started()
        let line = try #require(
            harness.lines.first { $0.hasPrefix("worker[0] pid") })
        kill(try Harness.pid(in: line), SIGKILL)
        try harness.next("worker[0]", "was killed by signal 9")
        try harness.next("worker[0]", "is ready")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0)
        #expect(harness.count("settled slot 0") == 2)
        #expect(harness.count("attached slot 0") == 2)
        #expect(harness.count("worker[1]") > 0)
        #expect(
            harness.lines.filter { $0.contains("worker[1]") && $0.contains("started") }.count == 1)
    }

    @Test func aKilledAccountantGetsEveryChannelAgainAndNoWorkerNotices() throws {
        let harness = try started()
        for _ in 0..<3 {
            let line = try #require(harness.lines.last { $0.hasPrefix("accountant pid") })
            kill(try Harness.pid(in: line), SIGKILL)
            try harness.next("accountant", "was killed by signal 9")
            try harness.next("accountant", "is ready")
            try harness.next(2, "attached slot")
        }
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0)
        #expect(
            harness.lines.filter { $0.contains("worker[") && $0.contains(" started") }.count == 2)
        #expect(harness.count("settled slot") == 2)
    }

    @Test func aWorkerAndTheAccountantKilledTogetherAreSettledByTheNextAccountant() throws {
        var settings = Harness.Settings(workers: 1)
        settings.accountant = "say=hello"
        let harness = try started(settings)
        let accountant = try #require(harness.lines.last { $0.hasPrefix("accountant pid") })
        let worker = try #require(harness.lines.last { $0.hasPrefix("worker[0] pid") })
        let pids = [try Harness.pid(in: accountant), try Harness.pid(in: worker)]
        for pid in pids { kill(pid, SIGKILL) }
        try harness.next("settled slot 0")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0)
        #expect(harness.count("settled slot 0") == 2)
    }

    @Test func aStoppedWorkerIsKilledAndReplaced() throws {
        var settings = Harness.Settings()
        settings.hungMilliseconds = 500
        let harness = try started(settings)
        let line = try #require(harness.lines.first { $0.hasPrefix("worker[1] pid") })
        kill(try Harness.pid(in: line), SIGSTOP)
        try harness.next("killing worker[1]", "answered no ping for 500 ms")
        try harness.next("worker[1]", "was killed by signal 9")
        try harness.next("worker[1]", "is ready")
    }

    @Test func aStoppedAccountantIsKilledAndReplacedAndNoWorkerNotices() throws {
        var settings = Harness.Settings()
        settings.hungMilliseconds = 500
        let harness = try started(settings)
        let line = try #require(harness.lines.first { $0.hasPrefix("accountant pid") })
        kill(try Harness.pid(in: line), SIGSTOP)
        try harness.next("killing accountant", "answered no ping for 500 ms")
        try harness.next("accountant", "is ready")
        try harness.next(2, "attached slot")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0)
        #expect(
            harness.lines.filter { $0.contains("worker[") && $0.contains(" started") }.count == 2)
    }

    @Test func aSignalBeforeAnyChildIsReadyEndsTheService() throws {
        let harness = try Harness(.init(accountant: "unready"))
        try harness.next("stays unready")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0)
        #expect(harness.count("worker[") == 0)
    }

    @Test func aWorkerThatHangsUpAndRunsOnIsKilled() throws {
        let harness = try Harness(.init(workers: 1, worker: "hang-up"))
        try harness.next("killing worker[0]", "closed its control socket and ran on")
    }

    @Test func workersThatCannotStartStopTheServiceWithTheirReason() throws {
        let harness = try Harness(.init(worker: "say=cannot bind the thing\nexit=3"))
        #expect(try harness.end() == 1, "\(harness.log)")
        #expect(harness.count("cannot go on: no worker can run") == 1)
        #expect(harness.count("last words of worker[") == 1)
        let last = try #require(harness.lines.last)
        #expect(last.contains("stopped with exit code 1"))
        #expect(last.contains("cannot bind the thing") && last.contains("exited with code 3"))
        // Five restarts each.
        #expect(harness.count("worker[0] pid") > 0)
        #expect(
            harness.lines.filter { $0.contains("worker[0]") && $0.contains(" started") }.count == 6)
    }

    @Test func exit78IsPermanentAndIsTheServicesCode() throws {
        let harness = try Harness(.init(worker: "say=line 3: no such key\nexit=78"))
        #expect(try harness.end() == 78, "\(harness.log)")
        #expect(harness.lines.filter { $0.contains(" started") }.count == 3)
        #expect(harness.count("last words of worker[1]: line 3: no such key") == 1)
    }

    @Test func anAccountantThatCannotRunStopsTheService() throws {
        let harness = try Harness(.init(accountant: "say=the ledger is locked\nexit=78"))
        #expect(try harness.end() == 78)
        #expect(harness.count("worker[") == 0)
        #expect(harness.count("last words of accountant: the ledger is locked") == 1)
    }

    @Test func aMissingProgramIsSaid() throws {
        let harness = try Harness(.init(accountantPath: "/nonexistent/accountant"))
        #expect(try harness.end() == 1)
        #expect(harness.count("could not be started: No such file or directory") > 0)
    }

    @Test(arguments: ["http", "plan", "config-worker", "config-accountant"])
    func startsOnlyWithAllDescriptors(name: String) throws {
        let harness = try Harness(.init(without: [name]))
        #expect(try harness.end() == 78)
        #expect(harness.lines.count == 1)
        #expect(harness.count("started without the descriptor \"\(name)\"") == 1)
    }

    @Test func aSecondSignalShortensTheDrain() throws {
        var settings = Harness.Settings(workers: 1)
        settings.drainMilliseconds = 600_000
        settings.worker = "linger-above=1000"
        let harness = try started(settings)
        harness.signal(SIGTERM)
        try harness.next("worker[0]", "drain 600000")
        harness.signal(SIGINT)
        try harness.next("worker[0]", "drain 1000")
        #expect(try harness.end() == 0)
    }

    @Test func aWorkerThatDoesNotDrainIsKilledAndStillSettled() throws {
        var settings = Harness.Settings(workers: 1)
        settings.drainMilliseconds = 100
        settings.worker = "linger"
        let harness = try started(settings)
        harness.signal(SIGTERM)
        try harness.next("killing worker[0]", "did not finish within the time of its drain")
        try harness.next("settled slot 0")
        #expect(try harness.end() == 0)
    }

    @Test func theListenerRefusesWhenTheServiceEnds() throws {
        var settings = Harness.Settings(workers: 1)
        // The accountant has no listener of clients, and holds the end up.
        settings.accountant = "keep-channels"
        let harness = try started(settings)
        #expect(harness.canConnect())
        harness.signal(SIGTERM)
        try harness.next("worker[0]", "exited with code 0 after its drain")
        #expect(!harness.canConnect())
    }

    @Test func anAccountantKilledDuringTheDrainComesBackToSettle() throws {
        var settings = Harness.Settings(workers: 1)
        settings.drainMilliseconds = 600_000
        settings.worker = "linger-above=1000"
        let harness = try started(settings)
        harness.signal(SIGTERM)
        try harness.next("worker[0]", "drain 600000")
        let line = try #require(harness.lines.last { $0.hasPrefix("accountant pid") })
        kill(try Harness.pid(in: line), SIGKILL)
        try harness.next("accountant", "was killed by signal 9")
        try harness.next("accountant", "attached slot 0")
        harness.signal(SIGTERM)
        try harness.next("settled slot 0")
        #expect(try harness.end() == 0)
    }

    @Test func childrenThatWriteWithoutEndAreRelayedInPieces() throws {
        var settings = Harness.Settings(workers: 1)
        settings.worker = "partial=" + String(repeating: "y", count: 20_000)
        let harness = try started(settings)
        try harness.whole(1, ": [continued] yyy")
        let pieces = harness.lines.filter { $0.hasPrefix("worker[0] pid") && $0.contains(": yyy") }
        let rest = harness.lines.filter { $0.contains(": [continued] yyy") }
        #expect(pieces.count == 1 && rest.count == 1)
        #expect(harness.count("yyy [cut]") > 0)
    }

    @Test func aKilledSupervisorLeavesNoChild() throws {
        let harness = try started()
        let pids = try harness.lines.filter { $0.contains("says ready") }
            .map { try Harness.pid(in: $0) }
        #expect(pids.count == 3)
        let descriptors = pids.map { route_pidfd_open($0) }
        harness.signal(SIGKILL)
        for descriptor in descriptors {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            #expect(poll(&entry, 1, 60_000) == 1)
            close(descriptor)
        }
    }
}
