import Foundation

/// What /proc tells about processes.
enum ProcessList {
    struct Entry: Equatable {
        let pid: pid_t
        /// File name of the executable.
        let name: String
    }

    /// The living children of a process.
    static func children(of pid: pid_t) -> [Entry] {
        let text = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        return (text ?? "").split(separator: " ").compactMap { pid_t($0) }.compactMap { child in
            let path = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(child)/exe")
            return path.map { Entry(pid: child, name: String($0.split(separator: "/").last ?? "")) }
        }
    }

    /// Bytes of memory that are the process's own: anonymous pages in RAM, from smaps_rollup.
    static func privateMemory(of pid: pid_t) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)
        for line in text.split(separator: "\n") where line.hasPrefix("Anonymous:") {
            let number = line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            if let number { return number * 1024 }
        }
        throw SystemFailure("smaps_rollup of \(pid) has no line Anonymous")
    }
}
