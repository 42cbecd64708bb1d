import Confinement
import Foundation
import Glibc

/// Gives up what a process of the product gives up, then tries many things, and prints of each what became of
/// it: `name errno`, 0 where it worked. Arguments: the profile, a folder of the test.
@main
enum Main {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else { exit(64) }
        let folder = arguments[2]
        let inside = folder + "/inside"
        mkdir(inside, 0o700)
        for name in ["old", "old2", "inside/old", "inside/old2"] {
            close(open("\(folder)/\(name)", O_RDWR | O_CREAT, 0o600))
        }
        // Open before, as a child has what it inherits.
        let given = open(inside + "/given", O_RDWR | O_CREAT, 0o600)
        // A thread that runs already is bound by the filter too.
        let early = Early()
        let profile: Confinement? =
            switch arguments[1] {
            case "supervisor": .supervisor
            case "worker": .worker
            case "accountant": .accountant(folder: inside)
            default: nil
            }
        if let profile {
            let report = profile.enter()
            print("calls", report.calls ?? 0)
            print("landlock", report.landlock)
        }
        attempt("early-thread-exec") { early.execute() }
        Attempts(folder: folder, inside: inside, given: given).run()
        print("end 0")
    }

    /// Prints how a call ended that gives -1 where it fails.
    static func attempt(_ name: String, _ body: () -> Int) {
        errno = 0
        print(name, body() < 0 ? errno : 0)
    }
}
