import Logging
import Logs
import Testing

@Suite("A log entry is one line")
struct LogLineTests {
    private func text(_ line: LogLine) -> String { String(decoding: line.bytes, as: UTF8.self) }

    @Test("with its priority, message and fields")
    func plain() {
        let line = LogLine(
            level: .warning, message: "unauthorised_requests",
            fields: [("count", "3"), ("note", "two words"), ("empty", "")])
        #expect(
            text(line) == #"<4>unauthorised_requests count=3 note="two words" empty="""#)
    }

    @Test("whatever its texts hold")
    func hostile() {
        let line = LogLine(
            level: .info, message: "a\nb\u{1b}[1m\0", fields: [("bad name\n", "x\"y\\z=\r\n")])
        #expect(text(line) == #"<6>a\nb\x1b[1m\x00 bad_name_="x\"y\\z=\r\n""#)
    }

    @Test("of bounded length, and says where it was cut")
    func long() {
        let line = LogLine(level: .info, message: String(repeating: "m", count: 1 << 20))
        #expect(line.bytes.count < 9_000)
        #expect(text(line).hasSuffix("m [cut]"))
    }

    @Test(
        "with syslog's priorities",
        arguments: zip(
            Logger.Level.allCases, ["<7>", "<7>", "<6>", "<5>", "<4>", "<3>", "<2>"]))
    func priorities(level: Logger.Level, prefix: String) {
        #expect(text(LogLine(level: level, message: "m")).hasPrefix(prefix))
    }
}
