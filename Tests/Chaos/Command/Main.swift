import ArgumentParser
import ChaosHarness
import Foundation

@main
struct Main: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Chaos",
        abstract:
            "Kills the gateway's processes under load, and compares the bills with the books.",
        discussion: "Documentation/chaos.md says what is done and how the report is read.")

    @Option(help: "What clients do and who is killed follows from it; without: a random one.")
    var seed: UInt64?

    @Option(help: "Streams at least.")
    var streams = 20_000

    @Option(help: "Kills at least.")
    var kills = 200

    @Option(help: "Clients at a time.")
    var atOnce = 150

    @Option(help: "The longest time between two kills, milliseconds.")
    var pause = 2_000

    @Flag(help: "Keep the folder with the ledger and the logs.")
    var keep = false

    func run() throws {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var settings = ChaosRun.Settings(
            seed: seed ?? UInt64.random(in: 0...999_999_999),
            executables: URL(fileURLWithPath: own).deletingLastPathComponent().path)
        settings.streams = streams
        settings.kills = kills
        settings.atOnce = atOnce
        settings.pauses = 200...max(200, pause)
        settings.keepsFolder = keep
        var run = ChaosRun(settings) { line in
            FileHandle.standardOutput.write(Data((line + "\n").utf8))
        }
        guard try run.run() else { throw ExitCode.failure }
    }
}
