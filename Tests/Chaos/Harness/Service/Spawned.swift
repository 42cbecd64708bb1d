import CLinux
import CSpawn
import Glibc

/// A process that the harness started. Only from the main thread.
struct Spawned {
    let pid: pid_t
    let pidfd: Int32

    /// - Parameters:
    ///   - descriptors: become 3, 4, … in it.
    ///   - output: becomes its descriptors 1 and 2; stays the caller's.
    /// - Throws: `HarnessFailure`.
    init(
        _ path: String, _ arguments: [String], environment: [String: String] = [:],
        descriptors: [Int32] = [], output: Int32
    ) throws(HarnessFailure) {
        var variables = environment
        variables["PATH"] = "/usr/local/bin:/usr/bin:/bin"
        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pidfd: Int32 = -1
        pid = argv.withUnsafeMutableBufferPointer { argv in
            envp.withUnsafeMutableBufferPointer { envp in
                descriptors.withUnsafeBufferPointer { descriptors in
                    path.withCString { path in
                        guard let arguments = argv.baseAddress, let environment = envp.baseAddress
                        else { return -1 }
                        var what = route_spawn(
                            path: path, arguments: arguments, environment: environment,
                            descriptors: descriptors.baseAddress,
                            descriptor_count: Int32(descriptors.count), standard_error: output)
                        return route_spawn(&what, &pidfd)
                    }
                }
            }
        }
        guard pid > 0 else { throw .call("start \(path)") }
        self.pidfd = pidfd
    }

    func signal(_ number: Int32) { _ = route_pidfd_signal(pidfd, number) }

    /// How it ended, in words, once it did; nil while it runs. It must not be asked again after that.
    func reap() -> String? {
        var code: Int32 = 0
        var status: Int32 = 0
        guard route_pidfd_reap(pidfd, &code, &status) == 1 else { return nil }
        close(pidfd)
        return code == route_cld_exited ? "exit status \(status)" : "signal \(status)"
    }
}
