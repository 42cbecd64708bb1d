import CLinux
import CSpawn
import Glibc
import IPC
import Testing

@testable import Supervisor

@Suite("Starting processes: descriptors, signals, failures, ends")
struct SpawnTests {
    /// Runs a shell text with the descriptors and gives what it wrote and how it ended.
    private func shell(
        _ text: String, passed: [ChildLauncher.Passed] = []
    ) throws -> (lines: [String], cause: ExitCause, process: ChildProcess) {
        var process = try ChildLauncher.start(
            path: "/bin/sh", arguments: ["-c", text], passed: passed, at: Clock.system.now
        ) { ChildEnvironment.curated(["PATH=/usr/bin:/bin"], descriptors: $0) }
        let ended = process
        var lines: [String] = []
        while let errors = process.errors {
            var entry = pollfd(fd: errors, events: Int16(POLLIN), revents: 0)
            try #require(poll(&entry, 1, 60_000) == 1, "the child neither writes nor ends")
            lines += process.readErrors(at: Clock.system.now)
        }
        lines += process.finishErrors()
        let cause = try wait(process)
        process.close()
        return (lines, cause, ended)
    }

    private func wait(_ process: ChildProcess) throws -> ExitCause {
        var entry = pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0)
        try #require(poll(&entry, 1, 60_000) == 1, "the child does not end")
        var code: Int32 = 0
        var status: Int32 = 0
        try #require(route_pidfd_reap(process.pidfd, &code, &status) == 1)
        return ExitCause(code: code, status: status)
    }

    @Test func theMapIsWhatTheChildHoldsAndNothingElse() throws {
        let marked = try "content".utf8.withContiguousStorageIfAvailable {
            try SealedMemory.create(name: "marked", UnsafeRawBufferPointer($0))
        }
        let descriptor = try #require(marked)
        defer { close(descriptor) }
        // Neither is close-on-exec, and neither may appear in the child.
        let stray = [open("/dev/null", O_RDONLY), open("/dev/zero", O_RDONLY)]
        defer { for one in stray { close(one) } }
        let result = try shell(
            "exec ls -l /proc/self/fd", passed: [("config", descriptor)])
        var held: [String: String] = [:]
        for line in result.lines {
            let parts = line.split(separator: " ").map(String.init)
            guard let arrow = parts.firstIndex(of: "->"), arrow > 0, arrow + 1 < parts.count,
                // The folder that ls itself reads.
                !parts[arrow + 1].hasPrefix("/proc/")
            else { continue }
            held[parts[arrow - 1]] = parts[arrow + 1]
        }
        #expect(Set(held.keys) == ["0", "1", "2", "3", "4"], "\(held)")
        #expect(held["0"] == "/dev/null")
        #expect(held["1"] == held["2"])
        #expect(held["3"]?.hasPrefix("socket:") == true)
        #expect(held["4"]?.hasPrefix("/memfd:marked") == true)
        #expect(result.cause == .exited(code: 0))
    }

    @Test func descriptorsKeepTheirOrderWhateverTheirNumbersAre() throws {
        var pipes: [Int32] = []
        for _ in 0..<4 {
            var ends: [Int32] = [-1, -1]
            try #require(pipe(&ends) == 0)
            pipes += ends
        }
        defer { for end in pipes { close(end) } }
        // Reading ends in reverse: their numbers collide with targets in every way.
        let readers = [pipes[6], pipes[4], pipes[2], pipes[0]]
        for (index, writer) in [pipes[7], pipes[5], pipes[3], pipes[1]].enumerated() {
            _ = "\(index)\n".withCString { write(writer, $0, strlen($0)) }
        }
        let result = try shell(
            "for n in 4 5 6 7; do read x <&$n; echo $x; done", passed: readers.map { ("x", $0) })
        #expect(result.lines == ["0", "1", "2", "3"])
    }

    @Test func theVariablesNameThePidAndTheDescriptors() throws {
        let result = try shell("echo $LISTEN_PID $$ $LISTEN_FDS $LISTEN_FDNAMES $SWIFT_BACKTRACE")
        #expect(
            result.lines == [
                "\(result.process.pid) \(result.process.pid) 1 control enable=no"
            ])
    }

    @Test func signalsAreAtTheirDefaultsAndNoneIsBlocked() throws {
        signal(SIGPIPE, SIG_IGN)
        let result = try shell("exec grep -E '^Sig(Blk|Ign)' /proc/self/status")
        #expect(result.lines.contains("SigBlk:\t0000000000000000"), "\(result.lines)")
        let ignored = result.lines.first { $0.hasPrefix("SigIgn:\t") }
        // 32 and 33 belong to the C library.
        let mask = ignored.flatMap { UInt64($0.dropFirst(8), radix: 16) }
        #expect(mask.map { $0 & ~0x1_8000_0000 } == 0)
    }

    @Test func aChildLeadsItsOwnSession() throws {
        let result = try shell("cut -d' ' -f5,6 /proc/$$/stat")
        #expect(result.lines == ["\(result.process.pid) \(result.process.pid)"])
    }

    @Test func aMissingProgramIsReportedAsErrno() {
        #expect(throws: ChildLauncher.Failure(reason: ENOENT)) {
            try ChildLauncher.start(path: "/nonexistent/program", passed: [], at: Clock.system.now)
            { _ in []
            }
        }
        #expect(throws: ChildLauncher.Failure(reason: EACCES)) {
            try ChildLauncher.start(path: "/etc/passwd", passed: [], at: Clock.system.now) { _ in []
            }
        }
    }

    @Test func endsAreTold() throws {
        #expect(try shell("exit 78").cause == .exited(code: 78))
        #expect(try shell("kill -KILL $$").cause == .signalled(SIGKILL))
        #expect(try shell("ulimit -c 0; kill -ABRT $$").cause == .signalled(SIGABRT))
    }

    @Test func aRunningChildIsNotReapedAndCanBeKilled() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var process = try ChildLauncher.start(
            path: "/bin/sh", arguments: ["-c", "read x <&4"], passed: [("hold", ends[0])],
            at: Clock.system.now
        ) { ChildEnvironment.curated([], descriptors: $0) }
        defer { process.close() }
        var code: Int32 = 0
        var status: Int32 = 0
        #expect(route_pidfd_reap(process.pidfd, &code, &status) == 0)
        #expect(route_pidfd_signal(process.pidfd, SIGKILL) == 0)
        #expect(try wait(process) == .signalled(SIGKILL))
        #expect(route_pidfd_reap(process.pidfd, &code, &status) == -1, "reaped once")
    }

    @Test func theChildsStandardErrorBlocksRatherThanLosesLines() throws {
        // More than a socket buffer holds, written in one go.
        let result = try shell("i=0; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i+1)); done")
        #expect(result.lines.count == 20_000)
        #expect(result.lines.last == "line 19999")
    }
}
