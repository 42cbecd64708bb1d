import ArgumentParser
import Foundation
import Testing

@testable import Command

@Suite("Arguments are taken as documented, and others refused with status 64")
struct ArgumentTests {
    @Test func serveIsTheDefault() throws {
        let command = try #require(
            try RouteCommand.parseAsRoot(["--config", "/a.yaml"]) as? ServeCommand)
        #expect(command.config == "/a.yaml")
        #expect(!command.demo)
        #expect(try RouteCommand.parseAsRoot([]) is ServeCommand)
        #expect(try RouteCommand.parseAsRoot(["serve", "--demo"]) is ServeCommand)
    }

    @Test(arguments: [
        ["--nope"], ["serve", "--demo", "--config", "a"], ["serve", "--listen", "127.0.0.1:1"],
        ["usage", "--outcome", "fine"], ["usage", "--limit", "0"], ["usage", "--since", "soon"],
        ["usage", "--format", "xml"], ["keys", "new"], ["keys", "new", "a b"],
        ["keys", "new", "-"], ["status", "--format", "csv"], ["tokens"],
    ])
    func wrongArgumentsAreUsageErrors(arguments: [String]) {
        let error = #expect(throws: (any Error).self) {
            _ = try RouteCommand.parseAsRoot(arguments)
        }
        // `tokens` is taken for an argument of the default command.
        #expect(error.map { RouteCommand.exitCode(for: $0).rawValue } == 64)
    }

    @Test func filtersBecomeTheQuery() throws {
        let command = try #require(
            try RouteCommand.parseAsRoot([
                "usage", "--since", "2026-11-23", "--until", "2026-11-23T12:00:00.5Z", "--key",
                "a", "--model", "gpt 5", "--outcome", "worker_lost", "--limit", "3",
                "--newest-first", "--totals",
            ]) as? UsageCommand)
        #expect(
            command.query().map { "\($0.0)=\($0.1)" } == [
                "since=2026-11-23T00:00:00.000Z", "until=2026-11-23T12:00:00.500Z", "key=a",
                "model=gpt 5", "outcome=worker_lost", "limit=3", "order=desc", "totals=1",
            ])
    }

    @Test func sealTakesWhatTheSupervisorGivesIt() throws {
        let running = RunningGateway(
            stateDirectory: "/s", listen: ["127.0.0.1:1", "unix:/a"],
            listenTLS: ["127.0.0.1:2", "unix:/c"], admin: "unix:/b", hasTLS: true)
        let command = try #require(
            try RouteCommand.parseAsRoot(running.sealArguments(config: "/c.yaml")) as? SealCommand)
        #expect(command.config == "/c.yaml")
        #expect(command.runningStateDirectory == "/s")
        #expect(command.runningListen == ["127.0.0.1:1", "unix:/a"])
        #expect(command.runningListenTls == ["127.0.0.1:2", "unix:/c"])
        #expect(command.runningAdmin == "unix:/b")
        #expect(command.runningTls)
    }

    @Test func timesLieSoFarBack() throws {
        let now = try #require(TimeArgument("2026-11-23T12:00:00Z", now: .distantPast))
        #expect(now.text == "2026-11-23T12:00:00.000Z")
        let moment = try Date("2026-11-23T12:00:00Z", strategy: .iso8601)
        #expect(TimeArgument("90s", now: moment)?.text == "2026-11-23T11:58:30.000Z")
        #expect(TimeArgument("30m", now: moment)?.text == "2026-11-23T11:30:00.000Z")
        #expect(TimeArgument("7d", now: moment)?.text == "2026-11-16T12:00:00.000Z")
        #expect(TimeArgument("-7d", now: moment) == nil)
        #expect(TimeArgument("d", now: moment) == nil)
        #expect(TimeArgument("2026-13-01", now: moment) == nil)
    }

    /// An operator's shell has no `STATE_DIRECTORY`, and the service's ledger is the one that is meant.
    @Test func theLedgerIsTheInstalledServices() {
        func folder(
            _ environment: [String: String], config: String? = nil, isInstalled: Bool = true
        ) -> String? {
            LedgerLocation.variables(environment, config: config, isInstalled: isInstalled)[
                "STATE_DIRECTORY"]
        }
        #expect(folder([:]) == "/var/lib/dd0c-route")
        #expect(folder([:], config: "/etc/dd0c-route/config.yaml") == "/var/lib/dd0c-route")
        #expect(folder([:], config: "other.yaml") == nil)
        #expect(folder([:], isInstalled: false) == nil)
        #expect(folder(["STATE_DIRECTORY": "/s"]) == "/s")
    }
}
