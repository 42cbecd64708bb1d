import Foundation
import Glibc

/// What /proc tells of a process's children.
enum ProcessTree {
    struct Entry: Equatable, Sendable {
        var pid: pid_t
        /// File name of the executable.
        var name: String

        var isWorker: Bool { name == "dd0c-route-worker" }
        var isAccountant: Bool { name == "dd0c-route-accountant" }
    }

    /// All children, also those that have ended and wait to be reaped.
    static func pids(of pid: pid_t) -> [pid_t] {
        let path = "/proc/\(pid)/task/\(pid)/children"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: " ").compactMap { pid_t($0) }
    }

    /// The children that have not ended.
    static func children(of pid: pid_t) -> [Entry] {
        pids(of: pid).compactMap { child in
            let path = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(child)/exe")
            return path.map {
                Entry(pid: child, name: String($0.split(separator: "/").last ?? ""))
            }
        }
    }
}
