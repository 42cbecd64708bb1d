import CLinux
import Diagnostics
import Glibc
import IPC
import Symbolication

/// A worker, an accountant, or the command that seals a configuration, as a test needs it. It says what
/// happens to it on standard error, where the test reads it in the supervisor's log.
@main
enum Main {
    static func main() throws {
        signal(SIGPIPE, SIG_IGN)
        let inherited = InheritedDescriptors.take()
        guard let control = inherited.only(InheritedDescriptors.Name.control) else { exit(64) }
        if CommandLine.arguments.dropFirst().first == "seal" {
            exit(try Sealing.run(folder: CommandLine.arguments.last ?? "", control: control))
        }
        if CommandLine.arguments.dropFirst().first == "symbolicate" {
            exit(symbolicate(inherited))
        }
        guard let config = inherited.only(InheritedDescriptors.Name.config) else { exit(64) }
        let script = try Script(descriptor: config)
        guardCrashes(script, inherited)
        start(script, inherited)
        var child = FakeChild(script: script, control: control)
        exit(child.run())
    }

    /// As the operator's command does it.
    private static func symbolicate(_ inherited: InheritedDescriptors) -> Int32 {
        if CommandLine.arguments.first?.hasSuffix("that-hangs") == true { while true { pause() } }
        guard let crash = inherited.only(InheritedDescriptors.Name.crash),
            let report = try? CrashFile.read(crash)
        else { return 65 }
        for line in ReportSymbols.lines(of: report) { say(line) }
        return 0
    }

    private static func guardCrashes(_ script: Script, _ inherited: InheritedDescriptors) {
        _ = route_forbid_dumps()
        if let word = script.values("mask").last {
            StandardError.redirect(
                to: script.has("stuck-reader") ? stuckSocket() : 2,
                through: WordFilter(word: word, isBroken: script.has("broken-filter")))
        }
        guard let crash = inherited.only(InheritedDescriptors.Name.crash),
            !script.has("unguarded")
        else { return }
        do {
            try CrashGuard.install(
                descriptor: crash, isEventLoop: true, wipe: { _ = write(2, "wiped\n", 6) })
        } catch {
            say("no crash guard")
        }
        Breadcrumbs.setOpenStreams(script.integer("streams") ?? 0)
        Breadcrumbs.setCurrentStream(script.integer("stream") ?? 0)
    }

    private static func start(_ script: Script, _ inherited: InheritedDescriptors) {
        for text in script.values("say") { say(text) }
        if script.has("environment"), var entry = route_environment() {
            while let text = entry.pointee {
                say("environment \(String(cString: text))")
                entry = entry.advanced(by: 1)
            }
        }
        if script.has("descriptors") {
            say("descriptors \(inherited.listing.map(\.name).joined(separator: ","))")
        }
        if let text = script.values("partial").last {
            _ = text.withCString { write(2, $0, strlen($0)) }
        }
        if let path = script.values("tally").last, let failures: Int = script.integer("failures") {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            _ = write(descriptor, "x", 1)
            let starts = lseek(descriptor, 0, SEEK_END)
            close(descriptor)
            if starts <= failures {
                crash(script)
                exit(script.integer("exit") ?? 1)
            }
        } else if script.has("crash") {
            crash(script)
        } else if let code: Int32 = script.integer("exit") {
            exit(code)
        }
    }

    /// A full socket whose other end is open and never read.
    private static func stuckSocket() -> Int32 {
        var ends: [Int32] = [-1, -1]
        _ = route_socketpair(0, &ends)
        let piece: [UInt8] = Array(repeating: 0, count: 1024)
        while route_send(ends[0], piece, piece.count) > 0 {}
        return ends[0]
    }

    private static func crash(_ script: Script) {
        script.values("crash").last.flatMap { Crash(rawValue: $0) }?
            .happen(script.values("text").last ?? "")
    }

    static func say(_ text: String) {
        _ = (text + "\n").withCString { write(2, $0, strlen($0)) }
    }
}
