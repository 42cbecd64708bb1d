import Foundation

/// Paths of the product's executables: all lie in one folder.
struct Executables: Equatable {
    let folder: String
    var command: String { "\(folder)/dd0c-route" }
    var supervisor: String { "\(folder)/dd0c-route-supervisor" }
    var worker: String { "\(folder)/dd0c-route-worker" }
    var accountant: String { "\(folder)/dd0c-route-accountant" }
    var mockProvider: String { "\(folder)/dd0c-route-mock-provider" }

    /// Those in the folder of this process's own executable.
    ///
    /// - Throws: `CommandFailure` when one that every gateway needs is not there.
    static func besideThisOne() throws(CommandFailure) -> Executables {
        guard
            let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        else { throw CommandFailure(.system, "/proc/self/exe cannot be read: is /proc mounted?") }
        let found = Executables(folder: URL(fileURLWithPath: own).deletingLastPathComponent().path)
        for path in [found.supervisor, found.worker, found.accountant] { try require(path) }
        return found
    }

    /// - Throws: `CommandFailure` when there is nothing to execute at the path.
    static func require(_ path: String) throws(CommandFailure) {
        guard access(path, X_OK) == 0 else {
            throw .system("\(path) cannot be executed", code: errno)
        }
    }
}
