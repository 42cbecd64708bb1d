import ArgumentParser
import CLinux
import Glibc

/// Asks the running gateway to take a changed configuration.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Validate the configuration, and have the running gateway take it.",
        discussion: """
            It waits for the outcome: status 0 means that the new configuration is in force, and 78 that the \
            old one stays, for the reason that is printed. Streams that are open go on to their end. Programs \
            that a package upgrade has replaced are replaced in the running gateway too.
            """)

    @Option(help: "The configuration file (default: \(ConfigurationSource.standardPath)).")
    var config: String?

    @Option(
        help:
            "Address of the admin interface, where the outcome is asked for (default: the configuration's)."
    )
    var admin: String?

    @Option(help: "Seconds to wait for the outcome.")
    var timeout = 120

    @Flag(help: "Do not wait for the outcome: the gateway's log tells it.")
    var noWait = false

    func validate() throws {
        guard timeout > 0 else { throw ValidationError("--timeout must be more than 0.") }
    }

    mutating func run() async throws {
        let configuration = try ConfigurationSource(path: config).load()
        if noWait {
            let pid = try Self.signal(stateDirectory: configuration.stateDirectory)
            try Console.out(
                "reload requested of the gateway (pid \(pid)); its log tells the outcome")
            return
        }
        let address = try admin.map { try AdminOptions.parse($0) } ?? configuration.admin
        let outcome = try await ReloadOutcome(
            AdminClient(address), stateDirectory: configuration.stateDirectory)
        let pid = try Self.signal(stateDirectory: configuration.stateDirectory)
        try Console.out(try await outcome.wait(for: pid, seconds: timeout))
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

    /// Whether a gateway holds the state directory.
    static func isRunning(stateDirectory: String) -> Bool {
        let path = "\(stateDirectory)/\(StateDirectory.lockName)"
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return false }
        defer { close(fd) }
        return (try? isHeld(fd, path)) ?? true
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
