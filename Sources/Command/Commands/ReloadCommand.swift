import ArgumentParser
import CLinux
import Glibc

/// Asks the running gateway to take a changed configuration.
struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Validate the configuration, and have the running gateway take it.",
        discussion: """
            The gateway validates it once more and keeps the old one when it is wrong; its log says \
            which. Streams that are open go on to their end.
            """)

    @Option(help: "The configuration file (default: \(ConfigurationSource.standardPath)).")
    var config: String?

    func run() throws {
        let configuration = try ConfigurationSource(path: config).load()
        let pid = try Self.signal(stateDirectory: configuration.stateDirectory)
        try Console.out("reload requested of the gateway (pid \(pid)); its log tells the outcome")
    }

    /// Sends SIGHUP to the process that holds the state directory's lock.
    ///
    /// - Throws: `CommandFailure` when none does.
    static func signal(
        stateDirectory: String, signal: Int32 = SIGHUP
    ) throws(CommandFailure) -> pid_t {
        let path = "\(stateDirectory)/\(StateDirectory.lockName)"
        let none = CommandFailure(.unavailable, "no gateway runs on \(stateDirectory)")
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        if fd < 0, errno == ENOENT { throw none }
        guard fd >= 0 else { throw .system("\(path) cannot be opened", code: errno) }
        defer { close(fd) }
        guard try isHeld(fd, path), let pid = StateDirectory.pid(in: fd) else { throw none }
        let process = route_pidfd_open(pid)
        if process < 0, errno == ESRCH { throw none }
        guard process >= 0 else { throw .system("pid \(pid) cannot be reached", code: errno) }
        defer { close(process) }
        // The pid belongs to the lock's holder as long as the lock is held: after this look, the
        // descriptor names that process and no later one of the same number.
        guard try isHeld(fd, path), StateDirectory.pid(in: fd) == pid else { throw none }
        guard route_pidfd_signal(process, signal) == 0 else {
            throw .system("pid \(pid) cannot be signalled", code: errno)
        }
        return pid
    }

    private static func isHeld(_ fd: Int32, _ path: String) throws(CommandFailure) -> Bool {
        if flock(fd, LOCK_SH | LOCK_NB) == 0 {
            _ = flock(fd, LOCK_UN)
            return false
        }
        guard errno == EWOULDBLOCK else { throw .system("\(path) cannot be checked", code: errno) }
        return true
    }
}
