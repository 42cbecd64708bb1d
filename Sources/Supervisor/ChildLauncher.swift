import CLinux
import CSpawn
import Glibc
import IPC
import Redaction

/// Starts processes with their sockets, and gives back our ends.
enum ChildLauncher {
    /// A descriptor of ours that the child is to get, by its name there. It stays ours.
    typealias Passed = (name: String, descriptor: Int32)

    /// Why there is no child.
    struct Failure: Error, Equatable {
        /// errno.
        var reason: Int32
    }

    /// Starts a child with a new control socket and a new standard error.
    ///
    /// - Parameters:
    ///   - path: the executable.
    ///   - arguments: without the name of the program.
    ///   - passed: what it gets beside `control`.
    ///   - environment: makes its environment of the descriptors' names.
    /// - Throws: `Failure`, and nothing is left open that was not before.
    static func start(
        path: String, arguments: [String] = [], passed: [Passed], incarnation: UInt64? = nil,
        known: KnownSecrets? = nil, at now: Moment, environment: ([String]) -> [String]
    ) throws(Failure) -> ChildProcess {
        // Before the start: a file that is replaced in between makes the child look older than it is.
        let program = ProgramFile(path: path)
        let control = try pair(packets: true)
        let errors: (ours: Int32, childs: Int32)
        do throws(Failure) {
            errors = try pair(packets: false)
        } catch {
            close(control.ours)
            close(control.childs)
            throw error
        }
        defer {
            close(control.childs)
            close(errors.childs)
        }
        // The child may wait for this process to read; a line that does not fit must not be lost.
        _ = route_set_nonblocking(errors.childs, 0)
        let all: [Passed] = [(InheritedDescriptors.Name.control, control.childs)] + passed
        do throws(Failure) {
            let (pid, pidfd) = try spawn(
                path: path, arguments: [path] + arguments,
                environment: environment(all.map(\.name)),
                descriptors: all.map(\.descriptor), standardError: errors.childs)
            return ChildProcess(
                pid: pid, pidfd: pidfd, startedAt: now, program: program,
                incarnation: incarnation,
                control: ControlLink(descriptor: control.ours), errors: errors.ours,
                output: ChildOutput(filter: OutputFilter.make(known)),
                heartbeat: Heartbeat(firstPing: now))
        } catch {
            close(control.ours)
            close(errors.ours)
            throw error
        }
    }

    private static func pair(packets: Bool) throws(Failure) -> (ours: Int32, childs: Int32) {
        var ends: [Int32] = [-1, -1]
        guard route_socketpair(packets ? 1 : 0, &ends) == 0, let ours = ends.first,
            let childs = ends.last
        else { throw Failure(reason: errno) }
        return (ours, childs)
    }

    private static func spawn(
        path: String, arguments: [String], environment: [String], descriptors: [Int32],
        standardError: Int32
    ) throws(Failure) -> (pid: pid_t, pidfd: Int32) {
        let argumentPointers = arguments.map { strdup($0) } + [nil]
        let environmentPointers = environment.map { strdup($0) } + [nil]
        defer {
            for pointer in argumentPointers + environmentPointers { free(pointer) }
        }
        var pidfd: Int32 = -1
        var reason = EINVAL
        let pid = path.withCString { path in
            argumentPointers.withUnsafeBufferPointer { arguments in
                environmentPointers.withUnsafeBufferPointer { environment in
                    descriptors.withUnsafeBufferPointer { descriptors -> pid_t in
                        guard let arguments = arguments.baseAddress,
                            let environment = environment.baseAddress
                        else { return -1 }
                        var what = route_spawn(
                            path: path, arguments: arguments, environment: environment,
                            descriptors: descriptors.baseAddress,
                            descriptor_count: Int32(clamping: descriptors.count),
                            standard_error: standardError)
                        let pid = route_spawn(&what, &pidfd)
                        reason = errno
                        return pid
                    }
                }
            }
        }
        guard pid > 0 else { throw Failure(reason: reason) }
        return (pid, pidfd)
    }
}
