import CLinux
import CSpawn
import Foundation
import Glibc

/// A process that the test started; its standard output and error go to one descriptor.
final class ChildProcess {
    enum Exit: Equatable {
        case exited(Int32)
        case killed(Int32)
    }

    let pid: pid_t
    private let pidfd: Int32
    private var exit: Exit?

    /// - Parameters:
    ///   - descriptors: become 3, 4, … in the child; `LISTEN_PID` is set for it.
    ///   - output: becomes its descriptors 1 and 2; stays the caller's.
    /// - Throws: `SystemFailure`.
    init(
        _ path: String, _ arguments: [String], environment: [String: String] = [:],
        descriptors: [Int32] = [], output: Int32
    ) throws {
        var variables = environment
        variables["PATH"] = variables["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            for text in argv + envp { free(text) }
        }
        var pidfd: Int32 = -1
        let pid = argv.withUnsafeMutableBufferPointer { argv in
            envp.withUnsafeMutableBufferPointer { envp in
                descriptors.withUnsafeBufferPointer { descriptors in
                    path.withCString { path in
                        Self.spawn(path, argv, envp, descriptors, output, &pidfd)
                    }
                }
            }
        }
        guard pid > 0 else { throw SystemFailure.call("start \(path)") }
        self.pid = pid
        self.pidfd = pidfd
    }

    private static func spawn(
        _ path: UnsafePointer<CChar>,
        _ argv: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>,
        _ envp: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>,
        _ descriptors: UnsafeBufferPointer<Int32>, _ output: Int32, _ pidfd: inout Int32
    ) -> pid_t {
        guard let arguments = argv.baseAddress, let environment = envp.baseAddress else {
            return -1
        }
        var what = route_spawn(
            path: path, arguments: arguments, environment: environment,
            descriptors: descriptors.baseAddress, descriptor_count: Int32(descriptors.count),
            standard_error: output)
        return route_spawn(&what, &pidfd)
    }

    deinit {
        if exit == nil {
            _ = route_pidfd_signal(pidfd, SIGKILL)
            _ = try? waitForExit(seconds: 10)
        }
        close(pidfd)
    }

    func signal(_ number: Int32) { _ = route_pidfd_signal(pidfd, number) }

    /// How it ended, nil while it runs.
    func pollExit() -> Exit? {
        if exit == nil {
            var code: Int32 = 0
            var status: Int32 = 0
            if route_pidfd_reap(pidfd, &code, &status) == 1 {
                exit = code == route_cld_exited ? .exited(status) : .killed(status)
            }
        }
        return exit
    }

    /// Blocks until it ends.
    ///
    /// - Throws: `HangGuard.Expired`.
    func waitForExit(seconds: Double = HangGuard.seconds) throws -> Exit {
        let limit = Clock.now + Int(seconds * 1e9)
        while true {
            if let exit = pollExit() { return exit }
            let rest = (limit - Clock.now) / 1_000_000
            guard rest > 0 else {
                throw HangGuard.Expired(what: "the end of process \(pid)", state: "it runs")
            }
            var wait = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
            _ = poll(&wait, 1, Int32(rest))
        }
    }
}
