import Foundation
import Glibc
import Testing

@testable import Supervisor

@Suite("Reloads that bring new programs", .serialized)
struct UpgradeProcessTests {
    /// A supervisor and children whose programs can be replaced, as a package upgrade does it.
    private struct Installed {
        let folder: String
        let harness: Harness

        init(_ settings: Harness.Settings = .init()) throws {
            folder = try Harness.temporaryFolder()
            try Self.put("dd0c-route-supervisor", at: "\(folder)/supervisor")
            try Self.put("FakeChild", at: "\(folder)/child")
            var settings = settings
            settings.supervisorPath = "\(folder)/supervisor"
            settings.workerPath = "\(folder)/child"
            settings.accountantPath = "\(folder)/child"
            settings.commandPath = "\(folder)/child"
            harness = try Harness(settings, folder: folder)
            try harness.next("supervisor: ready")
            try harness.whole(Int(settings.workers) + 1, "says ready")
        }

        /// A file of its own in the place of the one that is there.
        static func put(_ product: String, at path: String) throws {
            try? FileManager.default.removeItem(atPath: path + ".new")
            try FileManager.default.copyItem(
                atPath: Harness.product(product), toPath: path + ".new")
            try #require(rename(path + ".new", path) == 0)
        }

        func replaceSupervisor() throws {
            try Self.put("dd0c-route-supervisor", at: "\(folder)/supervisor")
        }

        func replaceChildren() throws { try Self.put("FakeChild", at: "\(folder)/child") }

        func reload() throws {
            try harness.write("plan", "workers=2\ndrain=600000")
            harness.signal(SIGHUP)
        }
    }

    @Test func theSupervisorIsReplacedInItsProcess() throws {
        let installed = try Installed()
        let harness = installed.harness
        for generation in 2...4 {
            try installed.replaceSupervisor()
            try installed.reload()
            try harness.next("supervisor: took over from the image before, with 3 children")
            try harness.next("supervisor: reload done: generation \(generation) serves")
            try harness.whole(2 * (generation - 1), "settled slot")
        }
        // Without a new program nothing takes over.
        try installed.reload()
        try harness.next("supervisor: reload done: generation 5 serves")
        #expect(harness.count("took over") == 3)
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0, "\(harness.log)")
        // Five generations of two workers, each settled once, all by the first accountant.
        #expect(harness.count("settled slot") == 10)
        #expect(harness.count("could not be settled") == 0)
        let accountants = harness.lines.filter {
            $0.contains("accountant") && $0.contains(" started")
        }
        #expect(accountants.count == 1)
    }

    @Test func theAccountantIsReplacedWhenItsProgramChanges() throws {
        let installed = try Installed()
        let harness = installed.harness
        try installed.replaceSupervisor()
        try installed.replaceChildren()
        try harness.write("accountant", "say=second accountant")
        try installed.reload()
        try harness.next("took over")
        try harness.next("accountant", "is replaced: its program has changed")
        try harness.next("accountant", "exited with code 0 after its drain")
        try harness.next("accountant", "second accountant")
        // The first generation's channels go to it.
        try harness.next("accountant", "attached slot", "generation 1")
        try harness.next("accountant", "attached slot", "generation 1")
        try harness.next("supervisor: reload done: generation 2 serves")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0, "\(harness.log)")
        #expect(harness.count("settled slot") == 4)
        #expect(harness.count("could not be settled") == 0)
    }

    @Test func onlyTheChildrensProgramChanges() throws {
        let installed = try Installed()
        let harness = installed.harness
        try installed.replaceChildren()
        try installed.reload()
        try harness.next("accountant", "is replaced: its program has changed")
        try harness.next("supervisor: reload done: generation 2 serves")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0, "\(harness.log)")
        #expect(harness.count("took over") == 0)
        #expect(harness.count("settled slot") == 4)
    }

    @Test(arguments: ["#!/bin/sh\necho 'cannot do that' >&2\nexit 3\n", "no program"])
    func aProgramThatCannotTakeOverChangesNothing(text: String) throws {
        let installed = try Installed()
        let harness = installed.harness
        let path = "\(installed.folder)/supervisor"
        try text.write(toFile: path + ".new", atomically: false, encoding: .utf8)
        try #require(chmod(path + ".new", 0o755) == 0)
        try #require(rename(path + ".new", path) == 0)
        try installed.reload()
        try harness.next("reload refused", "the new supervisor cannot take over")
        #expect(harness.count("generation 2") == 0)
        #expect(harness.count(": drain") == 0)
        #expect(harness.canConnect())
        try installed.replaceSupervisor()
        try installed.reload()
        try harness.next("took over")
        try harness.next("reload done")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0, "\(harness.log)")
    }

    @Test func aWrongConfigurationReplacesNothing() throws {
        let installed = try Installed()
        let harness = installed.harness
        try installed.replaceSupervisor()
        try installed.replaceChildren()
        try harness.write("plan", "say=config.yaml:3: unknown key\nexit=78")
        harness.signal(SIGHUP)
        try harness.next("reload refused", "the new configuration is not valid")
        try installed.reload()
        try harness.next("reload done")
        #expect(harness.count("took over") == 1)
    }

    @Test func anAccountantThatDoesNotStartGivesWayToTheOldConfiguration() throws {
        let installed = try Installed(.init(accountant: "say=first accounts"))
        let harness = installed.harness
        try installed.replaceChildren()
        try harness.write("accountant", "say=second accounts\nexit=78")
        try installed.reload()
        try harness.next("accountant", "second accounts")
        try harness.next("reload refused", "the new accountant does not become ready")
        try harness.next("accountant", "first accounts")
        try harness.next("accountant", "is ready")
        #expect(harness.count(": drain 600000") == 0)
        try harness.write("accountant", "say=third accounts")
        try installed.reload()
        try harness.next("accountant", "configured with third accounts")
        try harness.next("reload done: generation 3 serves")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0, "\(harness.log)")
        #expect(harness.count("settled slot") == 4)
    }

    @Test func theEndComesWhileTheAccountantIsReplaced() throws {
        // It does not go when it is told, so the replacement takes until it is killed.
        let installed = try Installed(.init(accountant: "linger"))
        let harness = installed.harness
        try installed.replaceChildren()
        try harness.write("accountant", "say=second accountant")
        try installed.reload()
        try harness.next("accountant", "drain 0")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0, "\(harness.log)")
        #expect(harness.count("settled slot") == 2)
    }

    @Test func aLineThatBeganBeforeGoesOn() throws {
        let installed = try Installed(.init(worker: "unfinished=half of a li"))
        let harness = installed.harness
        try installed.replaceSupervisor()
        try harness.write("worker", "")
        try installed.reload()
        try harness.next("took over")
        try harness.next("worker[", "half of a lidrain 600000")
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0, "\(harness.log)")
        #expect(harness.count("half of a li") == 2)
    }

    @Test func aCrashAfterTheChangeIsRecorded() throws {
        var settings = Harness.Settings(workers: 2)
        settings.worker = "linger"
        let installed = try Installed(settings)
        let harness = installed.harness
        let line = try #require(harness.lines.first { $0.hasPrefix("worker[0] pid") })
        let pid = try Harness.pid(in: line)
        try installed.replaceSupervisor()
        // The old generation stays, since the new one does not come up.
        try harness.write("worker", "exit=78")
        try installed.reload()
        try harness.next("took over")
        try harness.next("reload refused", "the new workers do not become ready")
        kill(pid, SIGSEGV)
        try harness.next("worker[0] pid \(pid)", "SIGSEGV")
        try harness.next("worker[0]", "started, generation 1")
        try harness.next("settled slot 0 generation 1")
        kill(harness.pid, SIGTERM)
        kill(harness.pid, SIGTERM)
        #expect(try harness.end() == 0, "\(harness.log)")
    }
}
