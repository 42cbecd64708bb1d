import CLinux
import CSpawn
import Glibc
import IPC
import Testing

@testable import Supervisor

/// A real supervisor with fake children. Its log is what a test sees: the children say there what
/// happens to them.
final class Harness {
    /// What the supervisor is started with.
    struct Settings {
        var workers: UInt16 = 2
        var drainMilliseconds: UInt32 = 5_000
        var hungMilliseconds: UInt32 = 3_000
        var supervisorPath: String?
        var worker = ""
        var accountant = ""
        var workerPath: String?
        var accountantPath: String?
        var commandPath: String?
        /// Run by a shell in a mount namespace of its own, before it becomes the supervisor; `$FOLDER` is
        /// the test's.
        var preparation: String?
        var environment: [String] = []
        /// Passed on beside the usual; they stay the test's.
        var passed: [ChildLauncher.Passed] = []
        /// Names of descriptors that are left out.
        var without: Set<String> = []
    }

    /// The longest that a test waits for one event, milliseconds.
    static let patience: UInt64 = 60_000

    let folder: String
    let pid: pid_t
    /// Where the supervisor's listener is; the test itself does not hold it.
    private var address: sockaddr_in
    private(set) var lines: [String] = []
    private var process: ChildProcess
    private var seen = 0

    /// The folder of the built products, where the test itself lies.
    static func product(_ name: String) throws -> String {
        var path: [CChar] = Array(repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &path, path.count)
        try #require(length > 0)
        let own = String(decoding: path.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let end = try #require(own.lastIndex(of: "/"))
        return own[..<end] + "/" + name
    }

    /// A new folder.
    static func temporaryFolder() throws -> String {
        var template = Array("/tmp/dd0c-route-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// - Parameter folder: for what a test prepared before; it is removed at the end.
    init(_ settings: Settings = Settings(), folder: String? = nil) throws {
        self.folder = try folder ?? Self.temporaryFolder()
        let child = try Self.product("FakeChild")
        let plan = LaunchPlan(
            workers: settings.workers, drainMilliseconds: settings.drainMilliseconds,
            heartbeatMilliseconds: 100, hungMilliseconds: settings.hungMilliseconds,
            streamsPerWorker: 16, workerPath: settings.workerPath ?? child,
            accountantPath: settings.accountantPath ?? child,
            commandPath: settings.commandPath ?? child,
            sealArguments: ["seal", self.folder])
        let listener = try Self.listen()
        address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = getsockname(listener, $0, &size)
            }
        }
        let all: [ChildLauncher.Passed] = [
            ("http", listener), ("plan", try Self.seal(plan.encoded())),
            ("config-worker", try Self.seal(Array(settings.worker.utf8))),
            ("config-accountant", try Self.seal(Array(settings.accountant.utf8))),
        ]
        let passed = all.filter { !settings.without.contains($0.name) } + settings.passed
        // The launcher adds a control socket, which a supervisor does not look at.
        var path = try settings.supervisorPath ?? Self.product("dd0c-route-supervisor")
        var arguments: [String] = []
        if let preparation = settings.preparation {
            arguments = ["--mount", "/bin/sh", "-euc", preparation + "\nexec \"$0\"", path]
            path = "/usr/bin/unshare"
        }
        let environment = settings.environment + ["FOLDER=\(self.folder)"]
        process = try ChildLauncher.start(
            path: path, arguments: arguments, passed: passed, at: Clock.system.now
        ) {
            ChildEnvironment.curated(["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], descriptors: $0)
                + environment
        }
        // What the supervisor lets through is to be seen here.
        process.output = ChildOutput(filter: Unfiltered())
        pid = process.pid
        for one in all { close(one.descriptor) }
    }

    deinit {
        _ = route_pidfd_signal(process.pidfd, SIGKILL)
        var code: Int32 = 0
        var status: Int32 = 0
        var entry = pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0)
        if poll(&entry, 1, 10_000) == 1 { _ = route_pidfd_reap(process.pidfd, &code, &status) }
        process.close()
        for name in [
            "plan", "worker", "accountant", "journal", "that-hangs", "supervisor", "child",
        ] {
            unlink(folder + "/" + name)
        }
        rmdir(folder)
    }

    private static func seal(_ bytes: [UInt8]) throws -> Int32 {
        try bytes.withUnsafeBytes { try SealedMemory.create(name: "test", $0) }
    }

    private static func listen() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(bound == 0)
        try #require(Glibc.listen(descriptor, 16) == 0)
        return descriptor
    }

    func signal(_ number: Int32) { _ = route_pidfd_signal(process.pidfd, number) }

    /// Writes a file for the fake command that seals a new configuration.
    func write(_ name: String, _ text: String) throws {
        let descriptor = open(folder + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let count = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
        try #require(count == text.utf8.count)
    }

    /// All of a file, or what there is at once of one that has no size.
    static func contents(_ path: String) throws -> [UInt8] {
        let file = open(path, O_RDONLY)
        try #require(file >= 0)
        defer { close(file) }
        var bytes: [UInt8] = Array(repeating: 0, count: 64 * 1024)
        let count = Glibc.read(file, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    /// Waits for a line that holds all of the texts, after the last one that was waited for.
    @discardableResult
    func next(
        _ texts: String..., location: SourceLocation = #_sourceLocation
    ) throws -> String {
        let deadline = Clock.system.now.after(Self.patience)
        while true {
            while seen < lines.count {
                let line = lines[seen]
                seen += 1
                if texts.allSatisfy({ line.contains($0) }) { return line }
            }
            guard Clock.system.now < deadline, read() else {
                let log = lines.joined(separator: "\n")
                try #require(
                    Bool(false), "no line with \(texts); log:\n\(log)", sourceLocation: location)
                return ""
            }
        }
    }

    /// Waits until the whole log has so many lines that hold the text, and passes over none.
    func whole(_ count: Int, _ text: String, location: SourceLocation = #_sourceLocation) throws {
        let deadline = Clock.system.now.after(Self.patience)
        while self.count(text) < count {
            try #require(
                Clock.system.now < deadline && read(),
                "no \(count) lines with \(text); log:\n\(log)",
                sourceLocation: location)
        }
    }

    /// Waits for so many lines that hold the text, in any order with others.
    func next(_ count: Int, _ text: String, location: SourceLocation = #_sourceLocation) throws {
        for _ in 0..<count { try next(text, location: location) }
    }

    /// Waits for the end and gives the exit code, or minus the signal.
    func end(location: SourceLocation = #_sourceLocation) throws -> Int32 {
        let deadline = Clock.system.now.after(Self.patience)
        while process.errors != nil, Clock.system.now < deadline { _ = read() }
        lines += process.finishErrors()
        var entry = pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0)
        try #require(
            poll(&entry, 1, Int32(Self.patience)) == 1, "it does not end; log:\n\(log)",
            sourceLocation: location)
        var code: Int32 = 0
        var status: Int32 = 0
        try #require(route_pidfd_reap(process.pidfd, &code, &status) == 1)
        return code == route_cld_exited ? status : -status
    }

    var log: String { lines.joined(separator: "\n") }

    /// Lines that hold the text.
    func count(_ text: String) -> Int { lines.filter { $0.contains(text) }.count }

    /// The pid that a line names.
    static func pid(in line: String) throws -> pid_t {
        let words = line.split { " :;,".contains($0) }
        let index = try #require(words.firstIndex(of: "pid"))
        return try #require(words.dropFirst(index + 1).first.flatMap { pid_t($0) })
    }

    /// A new connection is accepted by the kernel.
    func canConnect() -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// Reads what the supervisor has logged; false when nothing came for a long time, or it ended.
    private func read() -> Bool {
        guard let errors = process.errors else { return false }
        var entry = pollfd(fd: errors, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, Int32(Self.patience)) == 1 else { return false }
        lines += process.readErrors(at: Clock.system.now)
        return true
    }
}
