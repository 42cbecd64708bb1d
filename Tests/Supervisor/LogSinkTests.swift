import CLinux
import Glibc
import Testing

@testable import Supervisor

@Suite("The log never waits for its reader")
struct LogSinkTests {
    private func drain(_ descriptor: Int32) -> [UInt8] {
        var all: [UInt8] = []
        var buffer: [UInt8] = Array(repeating: 0, count: 65_536)
        while true {
            let n = read(descriptor, &buffer, buffer.count)
            guard n > 0 else { return all }
            all.append(contentsOf: buffer.prefix(n))
        }
    }

    @Test func aFullPipeCostsLinesButNoTimeAndTheLossIsCounted() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        // Only our end: the writing end blocks, as a service's standard error does.
        _ = route_set_nonblocking(ends[0], 1)
        var log = LogSink(descriptor: ends[1])
        let text = String(repeating: "x", count: 99)
        for _ in 0..<10_000 { log.write("worker[0]", text) }
        #expect(log.isHolding)
        #expect(log.dropped > 0)
        var received: [UInt8] = []
        while log.isHolding {
            received += drain(ends[0])
            log.flush()
        }
        received += drain(ends[0])
        let lines = String(decoding: received, as: UTF8.self).split(separator: "\n")
        let whole = lines.filter { $0 == "worker[0]: " + text }.count
        let notice = try #require(lines.last { $0.hasPrefix("supervisor: ") })
        let counted = notice.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        #expect(whole + (counted ?? 0) == 10_000)
        #expect(lines.count == whole + 1)
        #expect(log.dropped == 0)
    }

    @Test func aReaderThatIsGoneIsNoTrouble() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        var log = LogSink(descriptor: ends[1])
        for _ in 0..<10 { log.write("supervisor", "nobody reads this") }
        #expect(!log.isHolding)
    }

    @Test func recentLinesKeepTheLastFew() {
        var recent = RecentLines()
        for number in 0..<20 { recent.add("line \(number)") }
        recent.add("")
        #expect(recent.lines == (15..<20).map { "line \($0)" })
    }
}
