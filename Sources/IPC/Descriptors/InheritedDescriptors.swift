import CLinux
import Glibc

/// The sockets and memfds that a process was started with, by name, as sd_listen_fds_with_names(3)
/// gives them: at every level, from systemd down to the workers.
public struct InheritedDescriptors: Sendable {
    /// First descriptor that is passed (SD_LISTEN_FDS_START).
    static let first: Int32 = 3
    private let entries: [(name: String, descriptor: Int32)]

    /// Names that this product gives to descriptors.
    public enum Name {
        /// A listening socket for clients; there may be several.
        public static let http = "http"
        /// The same, for clients that speak TLS.
        public static let https = "https"
        /// A listening socket for the admin interface; there may be several.
        public static let admin = "admin"
        /// A worker's end of its usage channel.
        public static let usage = "usage"
        /// A worker's counters.
        public static let counters = "counters"
        /// The socket to the supervisor.
        public static let control = "control"
        /// A child's sealed configuration.
        public static let config = "config"
        /// The supervisor's `LaunchPlan`.
        public static let plan = "plan"
        /// The workers' sealed configuration, as the supervisor holds it.
        public static let workerConfig = "config-worker"
        /// The accountant's sealed configuration, as the supervisor holds it.
        public static let accountantConfig = "config-accountant"
        /// The memory in which a child leaves a report of its crash (`CrashFile`).
        public static let crash = "crash"
        /// The memory on which the supervisor shows its state (`ServiceBoard`).
        public static let board = "board"
        /// The lock that keeps a second gateway from the same state directory; held, never used.
        public static let lock = "lock"
    }

    /// Reads `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` of this process, marks the descriptors
    /// close-on-exec and removes the variables, so that no child takes them for its own.
    ///
    /// Variables meant for another pid, or that make no sense, give no descriptors.
    public static func take() -> InheritedDescriptors {
        let found = parse(
            pid: variable("LISTEN_PID"), count: variable("LISTEN_FDS"),
            names: variable("LISTEN_FDNAMES"), ownPid: getpid())
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
        for entry in found.entries { _ = route_set_cloexec(entry.descriptor, 1) }
        return found
    }

    /// The environment's view, without touching the process; for `take` and for tests.
    static func parse(
        pid: String?, count: String?, names: String?, ownPid: pid_t
    ) -> InheritedDescriptors {
        guard let pid, Int32(pid) == ownPid, let count, let total = Int32(count),
            total > 0, total <= 1024
        else { return InheritedDescriptors(entries: []) }
        let given = names?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        var entries: [(name: String, descriptor: Int32)] = []
        var rest = given.makeIterator()
        for offset in 0..<total {
            entries.append((rest.next().map(String.init) ?? "unknown", first &+ offset))
        }
        return InheritedDescriptors(entries: entries)
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        return String(validatingCString: value)
    }

    /// Every descriptor of that name, in the order given.
    public func all(_ name: String) -> [Int32] {
        entries.filter { $0.name == name }.map(\.descriptor)
    }

    /// The only descriptor of that name; nil when there is none or more than one.
    public func only(_ name: String) -> Int32? {
        let found = all(name)
        return found.count == 1 ? found.first : nil
    }

    /// All names and descriptors, in the order given.
    public var listing: [(name: String, descriptor: Int32)] { entries }
}
