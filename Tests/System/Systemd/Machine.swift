import CLinux
import CNamespaces
import Foundation
import Glibc
import NIOPosix

/// A throwaway machine with a systemd of its own, on this one's root and kernel: see the script `machine`
/// beside this. It is gone when this is, and when this process is.
final class Machine {
    private static let script = "\(Product.repository)/Tests/System/Systemd/machine"

    /// Why none can boot here; nil: it can.
    static let obstacle: String? = {
        do {
            let answer = try Program.output(of: script, ["check"], seconds: 60)
            return answer.isEmpty ? nil : answer.trimmingCharacters(in: .newlines)
        } catch {
            return "\(error)"
        }
    }()

    private let folder: String
    private let guardian: ChildProcess
    /// The guardian ends the machine when the last holder of this is gone.
    private let lifeline: Int32
    /// The pid of its init, as this process sees it.
    let initPid: pid_t
    private let network: Int32
    /// An event loop in its network.
    let clients: MultiThreadedEventLoopGroup

    /// Boots one; what killed runs have left is removed first.
    ///
    /// - Parameter product: what is its /usr/lib/dd0c-route; nil: nothing is, until a package is installed.
    /// - Throws: `SystemFailure`, `HangGuard.Expired`.
    init(product: String? = Product.folder) throws {
        _ = try Program.output(of: Self.script, ["sweep"], seconds: 60)
        var template = Array("/tmp/dd0c-machine-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw SystemFailure.call("mkdtemp") }
        let folder = String(cString: path)
        var line: [Int32] = [-1, -1]
        guard pipe(&line) == 0 else { throw SystemFailure.call("pipe") }
        for end in line { _ = route_set_cloexec(end, 1) }
        defer { close(line[0]) }
        let log = open("\(folder)/log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else { throw SystemFailure.call("open the log") }
        defer { close(log) }
        let guardian = try ChildProcess(
            Self.script, ["boot", folder] + (product.map { [$0] } ?? []), descriptors: [line[0]],
            output: log)
        do {
            let booted = try Self.waitForInit(of: guardian, log: "\(folder)/log")
            initPid = booted
            network = open("/proc/\(booted)/ns/net", O_RDONLY | O_CLOEXEC)
            guard network >= 0 else { throw SystemFailure.call("open the network") }
            clients = try Self.visit(network) { MultiThreadedEventLoopGroup(numberOfThreads: 1) }
        } catch {
            close(line[1])
            _ = try? guardian.waitForExit(seconds: 30)
            throw error
        }
        self.folder = folder
        self.guardian = guardian
        lifeline = line[1]
        _ = try HangGuard.poll(for: "the machine's start") {
            try? run(["systemctl", "--quiet", "is-active", "basic.target"])
        }
    }

    deinit {
        close(lifeline)
        _ = try? guardian.waitForExit(seconds: 60)
        close(network)
        try? clients.syncShutdownGracefully()
    }

    private static func waitForInit(of guardian: ChildProcess, log: String) throws -> pid_t {
        try HangGuard.poll(for: "the machine's init") {
            var generation = [guardian.pid]
            while !generation.isEmpty {
                let children = generation.flatMap { ProcessList.children(of: $0) }
                if let found = children.first(where: { $0.name == "systemd" }) { return found.pid }
                generation = children.map(\.pid)
            }
            guard guardian.pollExit() == nil else {
                let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                throw SystemFailure("the machine did not boot: \(text)")
            }
            return nil
        }
    }

    /// What a program in the machine printed.
    ///
    /// - Throws: `SystemFailure` when it failed.
    @discardableResult
    func run(_ command: [String], seconds: Double = 60) throws -> String {
        try Program.output(
            of: "/usr/bin/nsenter",
            ["-t", "\(initPid)", "-m", "-u", "-i", "-n", "-p", "-C"] + command,
            seconds: seconds)
    }

    /// Where a path of the machine is for this process.
    func path(_ path: String) -> String { "/proc/\(initPid)/root\(path)" }

    /// Writes a file of the machine, and the folders above it.
    ///
    /// - Throws: what writing files throws.
    func write(_ text: String, to file: String, mode: mode_t = 0o644) throws {
        let own = path(file)
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: own).deletingLastPathComponent().path,
            withIntermediateDirectories: true)
        try text.write(toFile: own, atomically: false, encoding: .utf8)
        guard chmod(own, mode) == 0 else { throw SystemFailure.call("chmod \(file)") }
    }

    /// Installs, or upgrades to, a Debian package, as an operator does it.
    ///
    /// - Throws: `SystemFailure`.
    func install(_ package: String) throws {
        let name = URL(fileURLWithPath: package).lastPathComponent
        let own = path("/var/tmp/\(name)")
        try? FileManager.default.removeItem(atPath: own)
        try FileManager.default.copyItem(atPath: package, toPath: own)
        try run(
            [
                "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q",
                "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold",
                "/var/tmp/\(name)",
            ], seconds: 180)
    }

    /// A debug build's Swift runtime lies where the toolchain does, which the unit's sandbox keeps from it.
    ///
    /// - Throws: what writing files throws.
    func allowToolchain() throws {
        try write(
            """
            [Service]
            NoExecPaths=
            ExecPaths=
            InaccessiblePaths=

            """, to: "/etc/systemd/system/\(InstalledGateway.unit).d/testing.conf")
        try run(["systemctl", "daemon-reload"])
    }

    /// A property of a unit, as `systemctl show` gives it.
    ///
    /// - Throws: `SystemFailure`.
    func property(_ name: String, of unit: String) throws -> String {
        try run(["systemctl", "show", "--value", "-p", name, unit])
            .trimmingCharacters(in: .newlines)
    }

    /// Runs the body with this thread in the machine's network: sockets that it opens, and threads and
    /// processes that it starts, are in there.
    ///
    /// - Throws: `SystemFailure`, and what the body throws.
    func inNetwork<Result>(_ body: () throws -> Result) throws -> Result {
        try Self.visit(network, body)
    }

    private static func visit<Result>(
        _ network: Int32, _ body: () throws -> Result
    ) throws -> Result {
        let home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        guard home >= 0 else { throw SystemFailure.call("open the own network") }
        defer { close(home) }
        guard namespaces_enter_network(network) == 0 else {
            throw SystemFailure.call("enter the machine's network")
        }
        // It is this thread's own, so the way back cannot be closed.
        defer { _ = namespaces_enter_network(home) }
        return try body()
    }
}
