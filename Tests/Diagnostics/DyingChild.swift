import CLinux
import CSpawn
import Glibc
import IPC
import Testing

/// A fake child that dies as its script says, and what it leaves.
struct DyingChild {
    /// What the test knows when the child is reaped.
    struct End {
        var signal: Int32?
        var exitCode: Int32?
        /// A core file was written, or handed to who collects them.
        var isDumped: Bool
        var output: String
        var report: CrashReport?
    }

    /// Runs a child to its end.
    ///
    /// - Parameter outputMax: bytes of output that are kept; all of it is read.
    static func run(_ script: String, outputMax: Int = 1 << 20) throws -> End {
        let crash = try CrashFile.create()
        let config = try Array(script.utf8).withUnsafeBytes {
            try SealedMemory.create(name: "test", $0)
        }
        var control: [Int32] = [-1, -1]
        var errors: [Int32] = [-1, -1]
        try #require(route_socketpair(1, &control) == 0 && route_socketpair(0, &errors) == 0)
        _ = route_set_nonblocking(errors[1], 0)
        defer { for one in [crash, config, control[0], errors[0]] { close(one) } }
        var pidfd: Int32 = -1
        let pid = try spawn(
            [("control", control[1]), ("config", config), ("crash", crash)], errors[1], &pidfd)
        try #require(pid > 0)
        defer { close(pidfd) }
        close(control[1])
        close(errors[1])
        let output = read(errors[0], max: outputMax)
        var entry = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        try #require(poll(&entry, 1, 60_000) == 1)
        var code: Int32 = 0
        var status: Int32 = 0
        try #require(route_pidfd_reap(pidfd, &code, &status) == 1)
        let isExit = code == route_cld_exited
        return End(
            signal: isExit ? nil : status, exitCode: isExit ? status : nil,
            isDumped: code == route_cld_dumped,
            output: String(decoding: output, as: UTF8.self), report: try? CrashFile.read(crash))
    }

    private static func read(_ descriptor: Int32, max: Int) -> [UInt8] {
        var all: [UInt8] = []
        var buffer: [UInt8] = Array(repeating: 0, count: 65_536)
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 60_000) == 1 else { return all }
            let count = route_consume(descriptor, &buffer, buffer.count)
            guard count > 0 else { return all }
            all.append(contentsOf: buffer.prefix(min(count, max - all.count)))
        }
    }

    private static func spawn(
        _ passed: [(name: String, descriptor: Int32)], _ errors: Int32, _ pidfd: inout Int32
    ) throws -> pid_t {
        let names = passed.map(\.name).joined(separator: ":")
        let path = try fakeChild()
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
        let texts = [
            "SWIFT_BACKTRACE=enable=no", "LISTEN_FDS=\(passed.count)", "LISTEN_FDNAMES=\(names)",
        ]
        var environment = texts.map { strdup($0) } + [nil]
        var descriptors = passed.map(\.descriptor)
        defer { for pointer in arguments + environment { free(pointer) } }
        return path.withCString { path in
            arguments.withUnsafeMutableBufferPointer { arguments in
                environment.withUnsafeMutableBufferPointer { environment in
                    descriptors.withUnsafeMutableBufferPointer { descriptors in
                        guard let argumentStart = arguments.baseAddress,
                            let environmentStart = environment.baseAddress
                        else { return -1 }
                        var what = route_spawn(
                            path: path, arguments: argumentStart, environment: environmentStart,
                            descriptors: descriptors.baseAddress,
                            descriptor_count: Int32(descriptors.count), standard_error: errors)
                        return route_spawn(&what, &pidfd)
                    }
                }
            }
        }
    }

    private static func fakeChild() throws -> String {
        var path: [CChar] = Array(repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &path, path.count)
        try #require(length > 0)
        let own = String(decoding: path.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return own[..<(try #require(own.lastIndex(of: "/")))] + "/FakeChild"
    }
}
