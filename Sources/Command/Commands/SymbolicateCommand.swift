import ArgumentParser
import CLinux
import IPC
import Symbolication

/// What the supervisor runs after a crash: finds the functions that the report's addresses lie in.
struct SymbolicateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "symbolicate", abstract: "Name the functions of a crash to the supervisor.",
        shouldDisplay: false)

    func run() throws {
        _ = route_forbid_dumps()
        let descriptors = InheritedDescriptors.take()
        guard let crash = descriptors.only(InheritedDescriptors.Name.crash) else {
            throw CommandFailure(
                .usage, "`symbolicate` is run by the supervisor, which gives it a report")
        }
        let report: CrashReport
        do throws(CrashFile.Failure) {
            report = try CrashFile.read(crash)
        } catch {
            throw CommandFailure(.data, "the report cannot be read")
        }
        for line in ReportSymbols.lines(of: report) { try Console.out(line) }
    }
}
