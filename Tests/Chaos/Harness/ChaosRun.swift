import CLinux
import Foundation
import Glibc

/// One run: clients of all kinds, a mock, a gateway whose processes are killed, and the comparison of what
/// they all wrote down.
package struct ChaosRun {
    /// What a run is like.
    package struct Settings: Sendable {
        package var seed: UInt64
        /// Streams at least.
        package var streams = 20_000
        /// Kills at least.
        package var kills = 200
        /// Clients at a time.
        package var atOnce = 150
        /// Milliseconds between two kills.
        package var pauses = 200...2_000
        /// Where the executables lie.
        package var executables: String
        /// The folder with the ledger and the logs stays, even if all is well.
        package var keepsFolder = false

        /// A full run.
        package init(seed: UInt64, executables: String) {
            self.seed = seed
            self.executables = executables
        }
    }

    private let settings: Settings
    private let say: (String) -> Void
    private var books = Books()
    /// The gateway could not be kept running to the end.
    private var isBroken = false

    /// - Parameter say: gets every line of the report.
    package init(_ settings: Settings, say: @escaping (String) -> Void) {
        self.settings = settings
        self.say = say
    }

    /// Runs, prints the report, and gives whether the books agree. From the main thread: children end with
    /// the thread that started them.
    ///
    /// - Throws: `HarnessFailure`, when there is nothing to compare.
    package mutating func run() throws -> Bool {
        say("chaos: seed \(settings.seed)")
        _ = route_raise_descriptor_limit()
        signal(SIGPIPE, SIG_IGN)
        var template = Array("/tmp/dd0c-chaos-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw HarnessFailure.call("mkdtemp") }
        let folder = String(cString: path)
        let service = ServiceSettings(executables: settings.executables, folder: folder)
        let started = route_monotonic_ns()
        let facts = try collect(service)
        guard !isBroken else {
            // Without the ledger there is nothing to compare.
            for misdeed in books.misdeeds { say("the run broke off: \(misdeed)") }
            say("kept: \(folder)")
            return false
        }
        let report = Checker.check(books)
        let seconds = (route_monotonic_ns() - started) / 1_000_000_000
        say(
            "\(books.clients.count) streams, \(books.kills.count) kills (\(killed)), "
                + "in \(seconds) s; \(facts)")
        say(report.text)
        if report.differences.isEmpty, !settings.keepsFolder {
            try? FileManager.default.removeItem(atPath: folder)
        } else {
            say("kept: \(folder)")
        }
        return report.differences.isEmpty
    }

    private var killed: String {
        Kill.Target.allCases.map { target in
            "\(target.rawValue) \(books.kills.filter { $0.target == target }.count)"
        }.joined(separator: ", ")
    }

    /// Fills the books; returns what else there is to tell.
    private mutating func collect(_ settings: ServiceSettings) throws(HarnessFailure) -> String {
        let mock = try MockProcess(settings)
        do {
            try settings.text(mockPort: mock.port).write(
                toFile: settings.configuration, atomically: false, encoding: .utf8)
            try ServiceSettings.providerKey.write(
                toFile: settings.keyFile, atomically: false, encoding: .utf8)
        } catch {
            throw HarnessFailure("\(settings.folder): \(error)")
        }
        chmod(settings.keyFile, 0o600)
        var service = try ServiceManager(settings, sparing: [mock.process.pid])
        try service.waitForReady()
        let population = ClientPopulation(
            target: ClientConnection.Target(
                port: service.httpPort, path: settings.clientSocket,
                key: ServiceSettings.clientKey), atOnce: self.settings.atOnce)
        var killer = Killer(seed: self.settings.seed, pauses: self.settings.pauses)
        population.start(seed: self.settings.seed)
        do {
            try rage(&service, &killer, population)
            // What the ledger lacks now it lacks for good: everything has been settled by the end.
            try service.stop()
            try service.start()
            try service.waitForReady()
            books.ledger = try LedgerReader.records(port: service.adminPort)
            try service.stop()
        } catch {
            isBroken = true
            books.misdeeds.append("\(error)")
            population.close()
            service.process.signal(SIGKILL)
            _ = try? service.clear(milliseconds: 30_000)
        }
        books.mock = try mock.finish()
        books.misdeeds += service.misdeeds
        books.kills = killer.kills
        let connections = population.state.withLock { state in
            books.clients = state.entries
            return state.connections
        }
        return "\(connections) connections, \(service.starts - 2) restarts of the supervisor, "
            + "\(killer.reloads) reloads, at most \(service.store.storedMax) descriptors stored"
    }

    private func rage(
        _ service: inout ServiceManager, _ killer: inout Killer, _ population: ClientPopulation
    ) throws(HarnessFailure) {
        var isClosing = false
        var saidAt = route_monotonic_ns()
        while true {
            try service.wait(milliseconds: 10)
            let state = population.state.withLock { ($0.ended, $0.isOver) }
            if state.1 { break }
            let now = route_monotonic_ns()
            if now - saidAt > 30_000_000_000 {
                saidAt = now
                say("… \(state.0) streams, \(killer.kills.count) kills")
            }
            guard !isClosing else { continue }
            if killer.kills.count < settings.kills {
                try killer.step(&service)
            } else if state.0 >= settings.streams {
                isClosing = true
                population.close()
            }
        }
        try service.waitForReady()
    }
}
