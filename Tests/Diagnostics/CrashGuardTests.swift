import Glibc
import IPC
import Testing

@Suite("A fatal signal leaves one report, and the signal stays what it was")
struct CrashGuardTests {
    // arm64 traps with another signal than x86_64.
    #if arch(arm64)
        private static let trap = SIGTRAP
    #else
        private static let trap = SIGILL
    #endif

    /// The child could write a core, if it did not forbid it itself.
    private func allowCores() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }

    private func report(_ script: String, signal: Int32) throws -> CrashReport {
        allowCores()
        let end = try DyingChild.run(script)
        #expect(end.signal == signal, "\(end)")
        #expect(end.output.components("wiped") == 1, "the secrets are wiped once")
        #expect(!end.isDumped)
        let report = try #require(end.report)
        #expect(report.progress == .wiped)
        #expect(report.signal == signal)
        return report
    }

    @Test(arguments: ["fatal-error", "duplicate-key", "trap", "index"])
    func whatTheRuntimeStopsIsReported(kind: String) throws {
        let report = try report("crash=\(kind)\ntext=x", signal: Self.trap)
        #expect(report.isEventLoop)
        try expectFrames(report, atLeast: 3)
        guard case .at = report.fault else {
            Issue.record("a trap has an address in an image, not \(report.fault)")
            return
        }
    }

    @Test func aNullPointerIsOne() throws {
        let report = try report("crash=null-pointer", signal: SIGSEGV)
        #expect(report.fault == .nullPage)
        try expectFrames(report, atLeast: 3)
    }

    @Test func anAddressOfNothingIsNotTold() throws {
        let report = try report("crash=wild-pointer", signal: SIGSEGV)
        #expect(report.fault == .other)
        #expect(report.frames.allSatisfy { $0.image != nil || $0.offset == 0 })
    }

    @Test func aCallOfNothingNamesTheCaller() throws {
        let report = try report("crash=call", signal: SIGSEGV)
        #expect(report.frames.first?.image == nil)
        let caller = try #require(report.frames.dropFirst().first)
        #expect(caller.image == 0, "the caller is in the executable")
    }

    @Test(arguments: ["overflow", "overflow-on-thread"])
    func anOverflowOfTheStackIsReportedFromAnother(kind: String) throws {
        let report = try report("crash=\(kind)", signal: SIGSEGV)
        #expect(report.fault == .stackOverflow)
        #expect(report.isEventLoop == (kind == "overflow"))
        try expectFrames(report, atLeast: 60)
    }

    @Test func anOverflowOfAThreadWithoutAnotherStackLeavesBreadcrumbs() throws {
        let end = try DyingChild.run("crash=overflow-on-unprotected-thread\nstreams=3\nstream=7")
        #expect(end.signal == SIGSEGV)
        let report = try #require(end.report)
        #expect(report.progress == .none)
        #expect(report.frames.isEmpty)
        #expect(report.openStreams == 3)
        #expect(report.currentStream == 7)
    }

    @Test func abortHasTheFramesOfWhoCalledIt() throws {
        let report = try report("crash=abort", signal: SIGABRT)
        #expect(report.fault == .none)
        let inExecutable = report.frames.filter { $0.image == 0 }
        #expect(inExecutable.count >= 2, "\(report.frames)")
    }

    @Test func aSignalOfAnotherProcessIsNotTakenForAFault() throws {
        let report = try report("crash=sent", signal: SIGSEGV)
        #expect(report.fault == .none)
        #expect(report.code <= 0)
    }

    @Test func eightThreadsThatCrashTogetherMakeOneReport() throws {
        for _ in 0..<5 {
            let report = try report("crash=two-threads", signal: SIGSEGV)
            #expect(report.fault == .nullPage)
            #expect(!report.isEventLoop)
        }
    }

    @Test func whatCannotBeCaughtLeavesBreadcrumbs() throws {
        let end = try DyingChild.run("crash=kill\nstreams=12")
        #expect(end.signal == SIGKILL)
        #expect(end.report?.progress == CrashReport.Progress.none)
        #expect(end.report?.openStreams == 12)
    }

    @Test func aProcessWithoutHandlersLeavesNothing() throws {
        let end = try DyingChild.run("unguarded\ncrash=null-pointer")
        #expect(end.signal == SIGSEGV)
        #expect(end.report == nil)
    }

    /// The images are those of the process, the first one its executable, and have build ids.
    private func expectFrames(_ report: CrashReport, atLeast count: Int) throws {
        #expect(report.frames.count >= count, "\(report.frames)")
        let executable = try #require(report.images.first)
        #expect(executable.path.hasSuffix("/FakeChild"))
        #expect(report.images.contains { $0.path.contains("libc.so") && $0.buildID.count == 20 })
        #expect(report.frames.contains { $0.image == 0 })
    }
}

extension String {
    /// How often a text stands in this one.
    func components(_ text: String) -> Int { ranges(of: text).count }
}
