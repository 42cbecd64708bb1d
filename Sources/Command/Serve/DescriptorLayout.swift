import CLinux
import Foundation

/// Which descriptors the next program gets, from 3 on as sd_listen_fds(3) counts, and their names.
struct DescriptorLayout {
    /// A descriptor and the name that the next program knows it by.
    struct Entry: Equatable {
        var name: String
        var descriptor: Int32
    }

    private(set) var entries: [Entry] = []
    /// Descriptors that stay open without a name, behind the named ones.
    private(set) var kept: [Int32] = []

    mutating func add(_ name: String, _ descriptor: Int32) {
        entries.append(Entry(name: name, descriptor: descriptor))
    }

    mutating func keep(_ descriptor: Int32) { kept.append(descriptor) }

    /// The variables that tell the next program, for a process that keeps its pid.
    func variables(pid: pid_t) -> [String: String] {
        [
            "LISTEN_PID": "\(pid)", "LISTEN_FDS": "\(entries.count)",
            "LISTEN_FDNAMES": entries.map(\.name).joined(separator: ":"),
        ]
    }

    /// Moves the descriptors to their places, where they stay open over exec, and marks every other one
    /// close-on-exec. What had a place before is lost: exec must follow.
    ///
    /// - Throws: `CommandFailure`.
    func place(from first: Int32 = 3) throws(CommandFailure) {
        let all = entries.map(\.descriptor) + kept
        let end = first + Int32(all.count)
        // First above every target, so that none is overwritten before it was moved.
        var held: [Int32] = []
        for descriptor in all {
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, end)
            guard copy >= 0 else { throw .system("a descriptor cannot be moved", code: errno) }
            held.append(copy)
        }
        for (offset, descriptor) in held.enumerated() {
            guard dup2(descriptor, first + Int32(offset)) >= 0 else {
                throw .system("a descriptor cannot be placed", code: errno)
            }
            close(descriptor)
        }
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in open.compactMap({ Int32($0) }) where descriptor >= end {
            _ = route_set_cloexec(descriptor, 1)
        }
    }
}
