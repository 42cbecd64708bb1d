import Foundation
import Testing

@Suite("The latency gate fails above 5 ms, and on a result that says nothing")
struct LatencyGateTests {
    @Test(
        "the limit is 5.00 ms, to the nanosecond",
        arguments: [
            (0, Int32(0)), (4_990_000, 0), (5_000_000, 0), (5_000_001, 1), (5_010_000, 1),
            (900_000_000, 1),
        ])
    func limit(added: Int, status: Int32) throws {
        let outcome = try Gate.outcome(of: LatencyResult(added: added).json)
        #expect(outcome.status == status)
        #expect(outcome.errors.contains("above the limit of 5.00 ms") == (status == 1))
    }

    @Test("latency is what is added to the provider's own")
    func difference() throws {
        var result = LatencyResult(added: 5_010_000)
        result.direct.p99 = "320000"
        #expect(try Gate.outcome(of: result.json).status == 0)
        result.direct = .init()
        #expect(try Gate.outcome(of: result.json).status == 1)
    }

    @Test("a gateway that is faster than no proxy passes")
    func faster() throws {
        let result = LatencyResult().with(\.direct.p99, "350000")
        #expect(try Gate.outcome(of: result.json).status == 0)
    }

    @Test("each case has to keep the limit", arguments: [false, true])
    func worstCase(isFirst: Bool) throws {
        let good = LatencyResult(added: 1_000)
        let bad = LatencyResult(added: 5_010_000).with(\.name, #""slow one""#)
        let result = isFirst ? good.with(\.others, [bad]) : bad.with(\.others, [good])
        let outcome = try Gate.outcome(of: result.json)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("slow one: added P99 of 5.010000 ms"))
    }

    @Test("nginx has no limit")
    func nginx() throws {
        let result = LatencyResult().with(\.nginx.p99, "9000000").with(\.nginx.p999, "9000000")
        #expect(try Gate.outcome(of: result.json).status == 0)
    }

    @Test(
        "a value that is no count of nanoseconds says nothing",
        arguments: [
            "NaN", "Infinity", "-Infinity", "-1", "true", "null", #""300000""#, "300000.0", "3e5",
            "[]", "{}", "9223372036854775808", String(repeating: "9", count: 5_000),
        ])
    func wrongValue(value: String) throws {
        #expect(try Gate.outcome(of: LatencyResult().with(\.gateway.p99, value).json).status == 2)
    }

    @Test(
        "each value is looked at",
        arguments: [
            LatencyResult().with(\.gateway.samples, "-1"),
            LatencyResult().with(\.gateway.p50, "-1"),
            LatencyResult().with(\.gateway.p90, "-1"),
            LatencyResult().with(\.gateway.p999, "-1"),
            LatencyResult().with(\.direct.p99, "-1"),
            LatencyResult().with(\.nginx.p99, "-1"),
        ])
    func eachValue(result: LatencyResult) throws {
        #expect(try Gate.outcome(of: result.json).errors.contains("not a whole number"))
    }

    @Test(
        "a result that contradicts itself says nothing",
        arguments: [
            LatencyResult().with(\.gateway.p99, "199999"),
            LatencyResult().with(\.gateway.samples, "999"),
            LatencyResult().with(\.gateway.samples, "0"),
            LatencyResult().with(\.gateway.histogram, "[[100, 4999]]"),
            LatencyResult().with(\.gateway.histogram, "[[100, 5001], [200, -1]]"),
            LatencyResult().with(\.gateway.histogram, "[[100, 5000, 1]]"),
            LatencyResult().with(\.gateway.histogram, "[5000]"),
            LatencyResult().with(\.gateway.histogram, "{}"),
            LatencyResult().with(\.gateway.p99, "300000, \"p99\": 300001"),
        ])
    func contradiction(result: LatencyResult) throws {
        #expect(try Gate.outcome(of: result.json).status == 2)
    }

    @Test("a histogram of all samples is right")
    func histogram() throws {
        let result = LatencyResult().with(\.gateway.histogram, "[[100, 4000], [200, 1000]]")
        #expect(try Gate.outcome(of: result.json).status == 0)
    }

    @Test(
        "a result of another form says nothing",
        arguments: [
            LatencyResult().with(\.schema, "2"), LatencyResult().with(\.schema, "true"),
            LatencyResult().with(\.schema, "\"1\""), LatencyResult().with(\.commit, #""""#),
            LatencyResult().with(\.commit, "7"), LatencyResult().with(\.name, "null"),
            LatencyResult().with(\.time, #""""#), LatencyResult().with(\.time, #""today""#),
            LatencyResult().with(\.time, #""2026-13-26T17:44:28Z""#),
            LatencyResult().with(\.time, #""0001-01-01T00:00:00+01:00""#),
            LatencyResult().with(\.time, "1764179068"),
        ])
    func otherForm(result: LatencyResult) throws {
        #expect(try Gate.outcome(of: result.json).status == 2)
    }

    @Test(
        "what is no result says nothing",
        arguments: [
            "", "not JSON", "{}", "[]", "null", #"{"schema": 1}"#, "\u{0}",
            LatencyResult().json.replacing("\"nginx\": ", with: "\"other\": "),
            LatencyResult().json.replacing("\"p99\": ", with: "\"p98\": "),
            LatencyResult().json.replacing(#/\[.*\]/#, with: "[]"),
            LatencyResult().json + "{}", String(repeating: "[", count: 100_000),
        ])
    func unusable(text: String) throws {
        let outcome = try Gate.outcome(of: text)
        #expect(outcome.status == 2)
        #expect(!outcome.errors.contains("Traceback"))
    }

    @Test("half of a result says nothing, wherever it ends")
    func truncated() throws {
        let text = LatencyResult().json
        for length in stride(from: 1, to: text.count, by: 97) + [text.count - 1] {
            #expect(try Gate.outcome(of: String(text.prefix(length))).status == 2)
        }
    }

    @Test("bytes that are no UTF-8 say nothing")
    func encoding() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("latency.json")
        try (Data(LatencyResult().json.utf8.dropLast()) + [0xFF, 0x7D]).write(to: file)
        #expect(try Gate.outcome(ofFile: file.path).status == 2)
    }

    @Test("a missing result says nothing, and a folder neither")
    func missing() throws {
        let folder = try TemporaryFolder()
        #expect(try Gate.outcome(ofFile: folder.path("latency.json")).status == 2)
        #expect(try Gate.outcome(ofFile: folder.url.path).status == 2)
        #expect(try Outcome(of: Gate.script, []).status == 2)
    }

    @Test("a name is data for the log, not a command, and any name can be printed")
    func names() throws {
        let result = LatencyResult(added: 5_010_000)
            .with(\.name, ##""::error::\n##[group]\ud800""##)
        let outcome = try Gate.outcome(of: result.json)
        #expect(outcome.status == 1)
        for text in [outcome.output, outcome.errors] {
            #expect(!text.contains("::error"))
            #expect(text.split(separator: "\n").count == 1)
        }
    }
}
