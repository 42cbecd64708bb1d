import CLinux
import Foundation

/// The bundled mock provider as a process of its own, which ends when nobody holds the lifeline any more.
struct MockProviderProcess {
    /// Where it listens.
    let address: String
    /// The writing end of a pipe that the mock reads from.
    let lifeline: Int32

    private static let lifelineInMock: Int32 = 3
    private static let greeting = "listening "
    private static let startTimeMilliseconds: Int32 = 30_000

    /// Starts the mock on a free port of the loopback interface and waits until it listens.
    ///
    /// - Throws: `CommandFailure`.
    static func start(_ path: String) throws(CommandFailure) -> MockProviderProcess {
        try Executables.require(path)
        let lifeline = try pipe()
        let output = try pipe()
        defer {
            close(lifeline.read)
            close(output.write)
            close(output.read)
        }
        let image = ProcessImage(
            path: path,
            arguments: ["--listen", "127.0.0.1:0", "--exit-on-eof", "\(lifelineInMock)"],
            variables: [
                "PATH": "/usr/local/bin:/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no",
            ])
        var pid: pid_t = 0
        let code = image.spawn(
            &pid, standardOutput: output.write, descriptor: lifeline.read, as: lifelineInMock)
        guard code == 0 else { throw .system("\(path) cannot be started", code: code) }
        close(output.write)
        guard let line = firstLine(from: output.read), line.hasPrefix(greeting) else {
            throw CommandFailure(.unavailable, "the mock provider did not start")
        }
        return MockProviderProcess(
            address: String(line.dropFirst(greeting.count)), lifeline: lifeline.write)
    }

    private static func pipe() throws(CommandFailure) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else {
            throw .system("no pipe can be made", code: errno, status: .system)
        }
        for end in ends { _ = route_set_cloexec(end, 1) }
        return (ends[0], ends[1])
    }

    /// nil when the writer ends, or takes too long.
    private static func firstLine(from descriptor: Int32) -> String? {
        var line: [UInt8] = []
        while line.count < 256 {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, startTimeMilliseconds)
            if ready < 0, errno == EINTR { continue }
            var byte: UInt8 = 0
            guard ready == 1, read(descriptor, &byte, 1) == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return nil
    }
}

extension ProcessImage {
    /// Starts the program in a process group of its own, which a terminal's Ctrl-C does not reach.
    ///
    /// - Returns: 0, or errno.
    fileprivate func spawn(
        _ pid: inout pid_t, standardOutput: Int32, descriptor: Int32, as target: Int32
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        // Above every target first: dup2 onto itself would leave the descriptor close-on-exec.
        let output = fcntl(standardOutput, F_DUPFD_CLOEXEC, 64)
        let passed = fcntl(descriptor, F_DUPFD_CLOEXEC, 64)
        defer {
            close(output)
            close(passed)
        }
        guard output >= 0, passed >= 0 else { return errno }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, passed, target)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        return withPointers { posix_spawn(&pid, path, &actions, &attributes, $0, $1) }
    }
}
