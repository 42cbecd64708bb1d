import Foundation
import Glibc

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

    /// A file of /proc, whole: Foundation takes its size of 0 for the truth and stops after one read.
    ///
    /// - Throws: `SystemFailure`.
    static func text(_ path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure.call("open \(path)") }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var space = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &space, space.count)
            guard count >= 0 else { throw SystemFailure.call("read \(path)") }
            if count == 0 { return String(decoding: text, as: UTF8.self) }
            text += space[..<count]
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
