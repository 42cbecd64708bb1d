import Foundation
import Testing

@Suite("The latency gate fails above 5 ms, and on a result that says nothing")
struct LatencyGateTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func status(of result: String) throws -> Int32 {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("latency-\(UUID().uuidString).json")
        try Data(result.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = Self.root.appendingPathComponent("Benchmarks/latency-gate")
        process.arguments = [file.path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    private func result(_ p99: String) -> String {
        func run(_ value: String) -> String {
            #"{"samples": 5000, "p50": 0, "p90": 0, "p99": \#(value), "p99.9": 9000000}"#
        }
        return #"{"schema": 1, "commit": "c", "time": "t", "cases": [{"name": "n", "gateway": "#
            + run(p99) + #", "direct": "# + run("0") + #", "nginx": "# + run("0") + "}]}"
    }

    @Test(arguments: [("4990000", Int32(0)), ("5000000", 0), ("5010000", 1)])
    func limit(p99: String, expected: Int32) throws {
        #expect(try status(of: result(p99)) == expected)
    }

    @Test(arguments: ["NaN", "-1", "true", "null", "\"4990000\"", "4990000.0"])
    func wrongValue(p99: String) throws {
        #expect(try status(of: result(p99)) == 2)
    }

    @Test(arguments: ["", "not JSON", "{}", "[]", #"{"schema": 1}"#])
    func unusable(text: String) throws {
        #expect(try status(of: text) == 2)
    }

    @Test func truncated() throws {
        #expect(try status(of: String(result("4990000").dropLast(10))) == 2)
    }
}
