import CLinux
import Glibc
import IPC

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
        guard let config = inherited.only(InheritedDescriptors.Name.config) else { exit(64) }
        let script = try Script(descriptor: config)
        start(script, inherited)
        var child = FakeChild(script: script, control: control)
        exit(child.run())
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
            if starts <= failures { exit(script.integer("exit") ?? 1) }
        } else if let code: Int32 = script.integer("exit") {
            exit(code)
        }
    }

    static func say(_ text: String) {
        _ = (text + "\n").withCString { write(2, $0, strlen($0)) }
    }
}
