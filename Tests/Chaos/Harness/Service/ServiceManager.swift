import CChaos
import CLinux
import Foundation
import Glibc

/// Plays systemd for the gateway: owns its listeners, keeps what it stores, restarts it when it is gone,
/// and kills what is left of it before that (KillMode=mixed). On the main thread.
struct ServiceManager {
    let settings: ServiceSettings
    let httpPort: UInt16
    let adminPort: UInt16
    private(set) var store: DescriptorStore
    private let listeners: [(name: String, descriptor: Int32)]
    private let log: Int32
    private(set) var process: Spawned
    private(set) var starts = 0
    /// Children of the harness that are none of the gateway's.
    private let spared: [pid_t]
    /// What it did that it must not do.
    var misdeeds: [String] = []
    /// READY=1 that came before the present start.
    private var readiesBefore = 0

    /// Opens the sockets and starts the gateway.
    ///
    /// - Throws: `HarnessFailure`.
    init(_ settings: ServiceSettings, sparing spared: [pid_t]) throws(HarnessFailure) {
        self.settings = settings
        self.spared = spared
        var port: UInt16 = 0
        let http = chaos_listen_tcp(4_096, &port)
        httpPort = port
        let admin = chaos_listen_tcp(64, &port)
        adminPort = port
        let file = chaos_listen_unix(settings.clientSocket, 4_096)
        guard http >= 0, admin >= 0, file >= 0 else { throw .call("listen") }
        listeners = [("http", http), ("http", file), ("admin", admin)]
        store = try DescriptorStore(path: settings.notifySocket)
        log = open(settings.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else { throw .call("open \(settings.log)") }
        guard route_become_subreaper() == 0 else { throw .call("subreaper") }
        process = try Self.start(settings, listeners, log)
        starts = 1
    }

    private static func start(
        _ settings: ServiceSettings, _ passed: [(name: String, descriptor: Int32)], _ log: Int32
    ) throws(HarnessFailure) -> Spawned {
        try Spawned(
            settings.executables + "/dd0c-route", ["serve", "--config", settings.configuration],
            environment: [
                "HOME": settings.folder, "NOTIFY_SOCKET": settings.notifySocket,
                "LISTEN_FDS": "\(passed.count)",
                "LISTEN_FDNAMES": passed.map(\.name).joined(separator: ":"),
            ], descriptors: passed.map(\.descriptor), output: log)
    }

    /// Starts it again, with all that it stored.
    ///
    /// - Throws: `HarnessFailure`.
    mutating func start() throws(HarnessFailure) {
        store.receive()
        readiesBefore = store.readies
        process = try Self.start(settings, listeners + store.stored, log)
        starts += 1
    }

    var isReady: Bool { store.readies > readiesBefore }
    var children: [ProcessTree.Entry] { ProcessTree.children(of: process.pid) }

    /// Waits for a message or the supervisor's end, at most so long.
    ///
    /// - Throws: `HarnessFailure`, when it is gone and must not be.
    mutating func wait(milliseconds: Int32) throws(HarnessFailure) {
        var entries = [
            pollfd(fd: store.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&entries, 2, milliseconds)
        store.receive()
        if entries[1].revents != 0, let how = process.reap() {
            throw HarnessFailure("the supervisor ended by itself: \(how)")
        }
    }

    /// Waits until it serves.
    ///
    /// - Throws: `HarnessFailure`.
    mutating func waitForReady() throws(HarnessFailure) {
        // A hang guard, for a machine whose cores are another's: each child may take 30 s to be ready.
        let limit = route_monotonic_ns() + 300_000_000_000
        while !isReady {
            guard route_monotonic_ns() < limit else {
                throw HarnessFailure("the gateway did not become ready")
            }
            try wait(milliseconds: 50)
        }
    }

    // MARK: Ends

    /// Waits for the supervisor's end, kills what is left of it, and waits until all of that is gone.
    ///
    /// - Returns: how the supervisor ended, and the processes that were left.
    /// - Throws: `HarnessFailure`.
    mutating func clear(milliseconds: Int32) throws(HarnessFailure) -> (String, [pid_t]) {
        let limit = route_monotonic_ns() + UInt64(milliseconds) * 1_000_000
        var how: String?
        while how == nil {
            var entries = [
                pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0),
                pollfd(fd: store.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&entries, 2, 20)
            store.receive()
            how = process.reap()
            guard how != nil || route_monotonic_ns() < limit else {
                throw HarnessFailure("the supervisor does not end")
            }
        }
        var killed: [pid_t] = []
        // Orphans come to this process, their subreaper. One that is reaped has closed all that it had.
        while case let left = ProcessTree.pids(of: getpid()).filter({ !spared.contains($0) }),
            !left.isEmpty
        {
            for pid in left {
                if !killed.contains(pid) { killed.append(pid) }
                kill(pid, SIGKILL)
                _ = route_discard_child(pid)
            }
            var nothing = pollfd()
            _ = poll(&nothing, 0, 1)
        }
        store.receive()
        return (how ?? "", killed)
    }

    /// SIGTERM, and an end with status 0.
    ///
    /// - Throws: `HarnessFailure`.
    mutating func stop() throws(HarnessFailure) {
        process.signal(SIGTERM)
        let (how, left) = try clear(milliseconds: 120_000)
        if how != "exit status 0" { misdeeds.append("SIGTERM was answered with \(how)") }
        if !left.isEmpty { misdeeds.append("processes left after the end: \(left.count)") }
        if !store.stored.isEmpty {
            misdeeds.append("still in the descriptor store: \(store.stored.map(\.name))")
        }
    }
}
