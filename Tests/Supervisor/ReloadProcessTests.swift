import Glibc
import Testing

@testable import Supervisor

@Suite("Reloads of a running supervisor", .serialized)
struct ReloadProcessTests {
    private func started(_ settings: Harness.Settings = .init()) throws -> Harness {
        let harness = try Harness(settings)
        try harness.next("supervisor: ready")
        // What a child wrote last is logged when it has paused.
        try harness.whole(Int(settings.workers) + 1, "says ready")
        return harness
    }

    @Test func threeGenerationsInARow() throws {
        let harness = try started()
        for generation in 2...4 {
            let workers = generation + 1
            try harness.write("plan", "workers=\(workers)")
            try harness.write("worker", "say=hello from \(generation)")
            try harness.write("accountant", "say=accounts of \(generation)")
            harness.signal(SIGHUP)
            try harness.next("accountant", "configured with accounts of \(generation)")
            try harness.next("supervisor: reload done: generation \(generation) serves")
            try harness.whole(workers, "hello from \(generation)")
            #expect(harness.count("hello from \(generation)") == workers)
        }
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0, "\(harness.log)")
        // 2 + 3 + 4 + 5 workers, each settled once; one accountant for all.
        #expect(harness.count("settled slot") == 14)
        #expect(
            harness.lines.filter { $0.contains("accountant") && $0.contains(" started") }.count == 1
        )
    }

    @Test func oldWorkersDrainOnlyWhenAllNewOnesAreReady() throws {
        let harness = try started()
        try harness.write("plan", "workers=2")
        harness.signal(SIGHUP)
        try harness.next("reload done")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0)
        let firstDrain = try #require(harness.lines.firstIndex { $0.contains(": drain") })
        let ready = harness.lines.prefix(firstDrain).filter {
            $0.contains("worker[") && $0.contains("is ready")
        }
        #expect(ready.count == 4)
    }

    @Test func aWrongConfigurationLeavesTheOldInPlaceAndIsNamed() throws {
        let harness = try started()
        try harness.write("plan", "say=config.yaml:3: unknown key\nexit=78")
        harness.signal(SIGHUP)
        try harness.next("reload pid", "config.yaml:3: unknown key")
        try harness.next("reload refused", "the new configuration is not valid")
        #expect(harness.count("drain") == 0)
        try harness.write("plan", "workers=1")
        harness.signal(SIGHUP)
        try harness.next("reload done: generation 2 serves")
    }

    @Test func anAccountantThatRefusesKeepsTheOld() throws {
        let harness = try started()
        try harness.write("plan", "workers=2")
        try harness.write("accountant", "refuse")
        harness.signal(SIGHUP)
        try harness.next("reload refused", "the accountant does not take")
        #expect(
            harness.lines.filter { $0.contains("worker[") && $0.contains(" started") }.count == 2)
    }

    @Test func newWorkersThatFailLeaveTheOldOnesServing() throws {
        let harness = try started(.init(accountant: "say=first accounts"))
        try harness.write("plan", "workers=2")
        try harness.write("worker", "exit=78")
        try harness.write("accountant", "say=second accounts")
        harness.signal(SIGHUP)
        try harness.next("reload refused", "the new workers do not become ready")
        try harness.next("accountant", "configured with first accounts")
        #expect(harness.count(": drain") == 0)
        try harness.write("worker", "say=better")
        harness.signal(SIGHUP)
        try harness.next("reload done: generation 3 serves")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0, "\(harness.log)")
        #expect(harness.count("could not be settled") == 0)
    }

    @Test func aReloadDuringAReloadIsDoneAfterIt() throws {
        let harness = try started()
        try harness.write("plan", "workers=2")
        for _ in 0..<3 { harness.signal(SIGHUP) }
        try harness.next("reload done: generation 2 serves")
        harness.signal(SIGHUP)
        try harness.next("reload done: generation 3 serves")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0)
    }

    @Test func oldGenerationsAreNotRestartedWhenTheyDie() throws {
        var settings = Harness.Settings(workers: 1)
        settings.worker = "linger"
        settings.drainMilliseconds = 600_000
        let harness = try started(settings)
        let old = try #require(harness.lines.last { $0.hasPrefix("worker[0] pid") })
        try harness.write("plan", "workers=1\ndrain=600000")
        harness.signal(SIGHUP)
        try harness.next("reload done")
        try harness.next("worker[0]", "drain 600000")
        kill(try Harness.pid(in: old), SIGKILL)
        try harness.next("worker[0]", "was killed by signal 9 (SIGKILL) after its drain")
        try harness.next("settled slot 0 generation 1")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0)
        #expect(
            harness.lines.filter { $0.contains("worker[0]") && $0.contains(" started") }.count == 2)
    }
}
