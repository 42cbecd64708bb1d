import Foundation
import Testing

@Suite("The latency gate keeps results for trends, and shows them")
struct LatencyTrendTests {
    /// A checkout's results and a folder of trends, as the workflow has them.
    private struct Place {
        let folder: TemporaryFolder
        var trends: String { folder.path("trends/main") }

        init() throws { folder = try TemporaryFolder() }

        func judge(_ result: LatencyResult, _ options: [String] = []) throws -> Outcome {
            let file = try folder.write(result.json, to: "Results/latency.json")
            return try Gate.outcome(ofFile: file, ["--trends", trends] + options)
        }

        func svg(_ result: LatencyResult) throws -> Drawing {
            _ = try judge(result, ["--plot", folder.path("plot.svg")])
            return try Drawing(Data(contentsOf: folder.url.appendingPathComponent("plot.svg")))
        }

        func summary(_ result: LatencyResult) throws -> String {
            let file = folder.path("summary-\(UUID().uuidString)")
            _ = try judge(result, ["--summary", file])
            return try String(contentsOfFile: file, encoding: .utf8)
        }
    }

    private func result(at time: String, added: Int = 0) -> LatencyResult {
        LatencyResult(added: added).with(\.time, "\"\(time)\"")
    }

    @Test("a result is kept byte for byte, with the histograms beside it and nothing else")
    func kept() throws {
        let place = try Place()
        try place.folder.write("a histogram", to: "Results/latency-chat-gateway.hgrm")
        try place.folder.write("another", to: "Results/latency-chat-direct.hgrm")
        try place.folder.write("of no interest", to: "Results/nginx.log")
        let result = LatencyResult().with(\.gateway.histogram, "[[100, 5000]]")
        #expect(try place.judge(result).status == 0)
        let name = try #require(try place.folder.names(in: "trends/main").first)
        #expect(name.hasPrefix("20261126T174428Z-"))
        let run = "trends/main/\(name)"
        #expect(
            try place.folder.names(in: run) == [
                "latency-chat-direct.hgrm", "latency-chat-gateway.hgrm", "latency.json",
            ])
        #expect(try place.folder.text("\(run)/latency.json") == result.json)
        #expect(try place.folder.text("\(run)/latency-chat-gateway.hgrm") == "a histogram")
    }

    @Test("a result above the limit is kept too, one that says nothing is not")
    func whatIsKept() throws {
        let place = try Place()
        #expect(try place.judge(LatencyResult(added: 5_010_000)).status == 1)
        #expect(try place.folder.names(in: "trends/main").count == 1)
        #expect(try place.judge(LatencyResult().with(\.gateway.p99, "NaN")).status == 2)
        #expect(try place.folder.names(in: "trends/main").count == 1)
    }

    @Test("results are kept beside each other, the same one once, and no half ones stay")
    func names() throws {
        let place = try Place()
        _ = try place.judge(result(at: "2026-11-26T17:44:28Z"))
        _ = try place.judge(result(at: "2026-11-26T17:44:28Z"))
        _ = try place.judge(result(at: "2026-11-26T17:44:28Z", added: 1))
        // The same time again, an hour east of it.
        _ = try place.judge(result(at: "2026-11-26T18:44:28.5+01:00"))
        _ = try place.judge(result(at: "2026-11-26T17:44:29"))
        let names = try place.folder.names(in: "trends/main")
        #expect(
            names.map { $0.prefix(16) } == [
                "20261126T174428Z", "20261126T174428Z", "20261126T174428Z", "20261126T174429Z",
            ])
    }

    @Test("the plot has a point of each series for each result, in the order of time")
    func plot() throws {
        let place = try Place()
        _ = try place.judge(result(at: "2026-11-03T00:00:00Z", added: 3_000_000))
        _ = try place.judge(result(at: "2026-11-01T00:00:00Z", added: 1_000_000))
        let drawing = try place.svg(result(at: "2026-11-02T00:00:00Z", added: 2_000_000))
        for colour in ["green", "blue", "gray"] { #expect(drawing.points[colour]?.count == 3) }
        let heights = try #require(drawing.points["blue"])
        // Down is more in SVG, so that these rise.
        #expect(heights == heights.sorted(by: >))
        #expect(Set(heights).count == 3)
        #expect(drawing.texts.contains("20261101T000000Z"))
        #expect(drawing.texts.contains("20261103T000000Z"))
    }

    @Test("what is above the limit is above its line, what is below is below")
    func limitLine() throws {
        let above = try Place().svg(LatencyResult(added: 5_100_000))
        #expect(try #require(above.points["blue"]?.first) < above.limit)
        let below = try Place().svg(LatencyResult(added: 4_900_000))
        #expect(try #require(below.points["blue"]?.first) > below.limit)
        let negative = try Place().svg(LatencyResult().with(\.direct.p99, "400000"))
        #expect(try #require(negative.points["blue"]?.first) == 280)
    }

    @Test("of several cases the worst is plotted")
    func worstCase() throws {
        let place = try Place()
        let alone = try place.svg(result(at: "2026-11-01T00:00:00Z", added: 4_000_000))
        let both = try place.svg(
            result(at: "2026-11-02T00:00:00Z", added: 1_000)
                .with(\.others, [LatencyResult(added: 4_000_000)]))
        let first = try #require(alone.points["blue"]?.first)
        #expect(both.points["blue"] == [first, first])
    }

    @Test("the plot shows the latest 200 results")
    func many() throws {
        let place = try Place()
        for number in 0..<205 {
            let old = result(at: "2025-01-01T00:00:00Z").json
            try place.folder.write(old, to: "trends/main/2025\(number + 1_000)/latency.json")
        }
        let drawing = try place.svg(result(at: "2026-11-26T17:44:28Z"))
        #expect(drawing.points["blue"]?.count == 200)
        #expect(drawing.texts.contains("20261126T174428Z"))
    }

    @Test("a kept result that broke is left out, and said")
    func broken() throws {
        let place = try Place()
        try place.folder.write("{", to: "trends/main/20250101T000000Z-0/latency.json")
        let outcome = try place.judge(LatencyResult())
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("left out of the trend: 20250101T000000Z-0"))
        #expect(try place.svg(LatencyResult()).points["blue"]?.count == 1)
    }

    @Test("the summary has a row for each case and a line for each series")
    func summary() throws {
        let place = try Place()
        _ = try place.judge(result(at: "2026-11-01T00:00:00Z", added: 1_000_000))
        let good = LatencyResult(added: 4_990_000).with(\.name, #""chat""#)
        let bad = LatencyResult(added: 5_010_000).with(\.name, #""stream""#)
            .with(\.nginx.p99, "350000")
        let text = try place.summary(good.with(\.others, [bad]))
        #expect(text.contains("### Added latency at 0123abc\n"))
        #expect(text.contains("| stream | 0.000 | 5.010 | 5.010 | 0.050 | **no** |\n"))
        #expect(text.contains("| chat | 0.000 | 4.990 | 4.990 | 0.000 | yes |\n"))
        #expect(
            text.split(separator: "\n").filter { $0.hasPrefix("    line") } == [
                "    line [0.000, 0.000]", "    line [1.000, 5.010]", "    line [0.000, 0.050]",
                "    line [5, 5]",
            ])
    }

    @Test("the summary is appended to what is there")
    func appended() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("before\n", to: "summary")
        _ = try Gate.outcome(of: LatencyResult().json, ["--summary", file])
        #expect(try folder.text("summary").hasPrefix("before\n### Added latency"))
    }

    @Test("a result that says nothing has a summary that says so")
    func nothing() throws {
        let folder = try TemporaryFolder()
        let outcome = try Gate.outcome(of: "{", ["--summary", folder.path("summary")])
        #expect(outcome.status == 2)
        #expect(try folder.text("summary").contains("No usable result"))
    }

    @Test("names cannot break the table")
    func namesInTable() throws {
        let folder = try TemporaryFolder()
        let result = LatencyResult().with(\.name, #""a|b\n</table>`""#)
            .with(\.commit, #""<script>""#)
        _ = try Gate.outcome(of: result.json, ["--summary", folder.path("summary")])
        let text = try folder.text("summary")
        #expect(text.contains("\n| a?b??/table?? | "))
        #expect(text.contains("at ?script?\n"))
    }

    @Test(
        "what cannot be written fails, above the limit and within it",
        arguments: ["--trends", "--plot", "--summary"], [0, 5_010_000])
    func unwritable(option: String, added: Int) throws {
        let folder = try TemporaryFolder()
        // A file where a folder would have to be, which stops the superuser too.
        let path = try folder.write("", to: "file") + "/below"
        let outcome = try Gate.outcome(of: LatencyResult(added: added).json, [option, path])
        #expect(outcome.status == 2)
        #expect(!outcome.errors.contains("Traceback"))
        #expect(outcome.errors.contains("above the limit") == (added > 0))
    }
}
