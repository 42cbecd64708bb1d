import Foundation
import Glibc

/// The limit on the memory of an installed service: systemd's, or, on a host that gives no memory controller to
/// the machine's systemd, one of the same kernel that the test sets up for the same processes.
struct MemoryGroup {
    let description: String
    /// nil: systemd's.
    private let folder: String?
    /// Where the kernel counts the processes that it killed for the limit.
    private let events: String
    var isSystemds: Bool { folder == nil }

    /// - Parameter bytes: what the unit's `MemoryMax=` says too.
    /// - Throws: `SystemFailure` where neither can be had.
    init(of gateway: InstalledGateway, bytes: Int) throws {
        let own = gateway.machine.path(
            "/sys/fs/cgroup/system.slice/\(InstalledGateway.unit)/memory.max")
        if let text = try? ProcessList.text(own), Int(text.dropLast()) == bytes {
            description = "systemd's MemoryMax="
            folder = nil
            events = gateway.machine.path(
                "/sys/fs/cgroup/system.slice/\(InstalledGateway.unit)/memory.events")
            return
        }
        // The processes of this test are in a group of the old hierarchy that can have a child.
        let line = try ProcessList.text("/proc/self/cgroup").split(separator: "\n")
            .first { $0.split(separator: ":").dropFirst().first == "memory" }
        guard let place = line?.split(separator: ":").last else {
            throw SystemFailure("this host has no memory controller for a machine")
        }
        let folder = "/sys/fs/cgroup/memory\(place == "/" ? "" : place)/dd0c-limit-\(getpid())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        self.folder = folder
        events = "\(folder)/memory.oom_control"
        description =
            "the kernel's memory controller (this host gives none to the machine's systemd)"
        try Self.write("\(bytes)", to: "\(folder)/memory.limit_in_bytes")
        guard let supervisor = gateway.supervisor else { throw SystemFailure("no supervisor") }
        for pid in [supervisor] + ProcessList.children(of: supervisor).map(\.pid) {
            try Self.write("\(pid)", to: "\(folder)/cgroup.procs")
        }
    }

    /// Processes that the kernel killed for the limit. It can be more than one: while the memory of the first is
    /// being freed, another one may ask for some, and the kernel does not always wait.
    func kills() throws -> Int {
        let line = try ProcessList.text(events).split(separator: "\n")
            .first { $0.hasPrefix("oom_kill ") }
        guard let count = line.flatMap({ Int($0.dropFirst("oom_kill ".count)) }) else {
            throw SystemFailure("\(events) has no oom_kill")
        }
        return count
    }

    /// Removes it, once the service is no more.
    func remove(after machine: Machine) {
        guard let folder else { return }
        _ = try? machine.run(["systemctl", "kill", "--signal=KILL", InstalledGateway.unit])
        _ = try? machine.run(["systemctl", "stop", "dd0c-route.socket", InstalledGateway.unit])
        _ = try? HangGuard.poll(for: "an empty group") { rmdir(folder) == 0 ? () : nil }
    }

    private static func write(_ text: String, to path: String) throws {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemFailure.call("open \(path)") }
        defer { close(file) }
        guard Glibc.write(file, text, text.utf8.count) == text.utf8.count else {
            throw SystemFailure.call("write \(path)")
        }
    }
}
