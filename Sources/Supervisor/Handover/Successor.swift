import CLinux
import Glibc
import IPC

/// The image that takes this process's place: the same pid, the same children, the same descriptors.
enum Successor {
    /// Tells the image where its handover is, as `PID:DESCRIPTOR`. Meant for one pid, as LISTEN_PID is.
    static let variable = "DD0C_ROUTE_HANDOVER"
    /// The argument with which a program only says whether it understands a handover, by its exit code.
    static let checkArgument = "check-handover"
    /// The handover's name among a child's descriptors.
    static let descriptorName = "handover"

    /// Executes the program in place of this one. Returns only when that failed, with errno, and all is as
    /// it was.
    ///
    /// - Parameters:
    ///   - environment: `NAME=value` each.
    ///   - kept: stay open; all others are closed by exec(3).
    static func execute(
        _ path: String, environment: [String], handover: Int32, kept: [Int32]
    ) -> Int32 {
        let variables =
            environment.filter { !$0.hasPrefix(variable + "=") }
            + ["\(variable)=\(getpid()):\(handover)"]
        let all = kept + [handover]
        for descriptor in all { _ = route_set_cloexec(descriptor, 0) }
        let arguments = [strdup(path), nil]
        let pointers = variables.map { strdup($0) } + [nil]
        defer { for pointer in arguments + pointers { free(pointer) } }
        _ = path.withCString { path in execve(path, arguments, pointers) }
        let reason = errno
        for descriptor in all { _ = route_set_cloexec(descriptor, 1) }
        return reason
    }

    /// The descriptor of the handover that this process was given; nil: it was started anew. Removes the
    /// variable.
    static func inherited() -> Int32? {
        guard let value = getenv(variable) else { return nil }
        let parts = String(cString: value).split(separator: ":")
        unsetenv(variable)
        guard parts.count == 2, let pid = parts.first.flatMap({ pid_t($0) }), pid == getpid(),
            let descriptor = parts.last.flatMap({ Int32($0) }), descriptor > 2
        else { return nil }
        return descriptor
    }
}
