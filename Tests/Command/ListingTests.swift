import Testing

@testable import Command

@Suite("Lists are right as tables and as CSV")
struct ListingTests {
    private static let record = """
        {"id":"00","started_at":"2026-11-23T12:00:00.000Z","key":"demo","endpoint":"/v1/messages",\
        "model":"a,\\"b\\"","provider":"p","provider_model":null,"stream":true,\
        "outcome":"completed","status":200,"reason":null,\
        "prompt_tokens":{"reported":9007199254740993,"produced":null,"delivered":null,"billed":12,"source":"reported"},\
        "completion_tokens":{"reported":null,"produced":5,"delivered":4,"billed":4,"source":"estimated",\
        "calibration":{"ratio_ppm":1200000,"error_ppm":50000,"samples":64}},\
        "cached_tokens":null,"reasoning_tokens":null,"chunks_flushed":1,"bytes_flushed":2,\
        "bytes_acknowledged":3,"cost_nanodollars":null,"price_version":null,"first_byte_ms":1,\
        "duration_ms":2,"worker":0,"generation":1}
        """

    private func printed(
        _ format: ListFormat, _ columns: [UsageColumns.Column]?, _ lines: [String]
    ) throws -> [String] {
        var printer = ListPrinter(format: format, columns: columns)
        let first = try lines.flatMap { printer.add(try JSONValue(parsing: $0)) }
        return first + printer.finish()
    }

    @Test func csvHasEveryFieldAndQuotesWhatNeedsIt() throws {
        let lines = try printed(.csv, UsageColumns.columns(.csv), [Self.record])
        #expect(
            lines == [
                "id,started_at,key,endpoint,model,provider,provider_model,stream,outcome,status,"
                    + "reason,prompt_tokens_reported,prompt_tokens_produced,"
                    + "prompt_tokens_delivered,prompt_tokens_billed,prompt_tokens_source,"
                    + "completion_tokens_reported,completion_tokens_produced,"
                    + "completion_tokens_delivered,completion_tokens_billed,"
                    + "completion_tokens_source,cached_tokens,reasoning_tokens,chunks_flushed,"
                    + "bytes_flushed,bytes_acknowledged,cost_nanodollars,price_version,"
                    + "first_byte_ms,duration_ms,worker,generation,"
                    + "prompt_tokens_calibration_ratio_ppm,prompt_tokens_calibration_error_ppm,"
                    + "prompt_tokens_calibration_samples,completion_tokens_calibration_ratio_ppm,"
                    + "completion_tokens_calibration_error_ppm,"
                    + "completion_tokens_calibration_samples,corrections",
                "00,2026-11-23T12:00:00.000Z,demo,/v1/messages,\"a,\"\"b\"\"\",p,,true,completed,"
                    + "200,,9007199254740993,,,12,reported,,5,4,4,estimated,,,1,2,3,,,1,2,0,1,,,,"
                    + "1200000,50000,64,",
            ])
    }

    @Test func csvOfNothingIsItsHeading() throws {
        #expect(try printed(.csv, [.init("a"), .init("b")], []) == ["a,b"])
    }

    @Test(arguments: [
        ("=1+1", "'=1+1"), ("@a", "'@a"), ("a\nb", "\"a\nb\""), ("plain", "plain"), ("", ""),
        ("-1", "-1"),
    ])
    func cellsThatASpreadsheetWouldRunAreText(cell: String, expected: String) {
        #expect(ListPrinter.csv([cell]) == expected)
    }

    @Test func tablesLineUp() throws {
        let columns: [UsageColumns.Column] = [
            .init("name"), .init("n", ["x", "count"]), .init("none"),
        ]
        let lines = try printed(
            .table, columns,
            [#"{"name":"a","x":{"count":5}}"#, #"{"name":"longer\u001b[2J","x":{"count":12345}}"#])
        #expect(
            lines == [
                "name            n  none",
                "a               5  -",
                "longer?[2J  12345  -",
            ])
    }

    @Test func aTableOfNothingIsItsHeading() throws {
        #expect(try printed(.table, [.init("a"), .init("bc")], []) == ["a  bc"])
    }

    @Test func totalsShowTheirLeaves() throws {
        let lines = try printed(.csv, nil, [#"{"records":2,"cost":{"usd":null,"nano":7}}"#])
        #expect(lines == ["cost_nano,cost_usd,records", "7,,2"])
        let value = try JSONValue(parsing: #"{"b":{"c":1,"a":[1,{"x":"y"}]},"a":true}"#)
        #expect(
            value.flattened.map { "\($0.name)=\($0.text)" } == [
                "a=true", "b_a=[1, {x: y}]", "b_c=1",
            ])
    }

    @Test func whatIsNoJSONIsAFailure() {
        #expect(throws: CommandFailure.self) { try JSONValue(parsing: "<html>") }
    }

    @Test func linesAreCutWhereverTheBytesAre() {
        let text = Array("one\ntwo\n\nthree".utf8)
        for size in 1...text.count {
            var buffer = LineBuffer()
            var lines: [String] = []
            for start in stride(from: 0, to: text.count, by: size) {
                lines += buffer.add(text[start..<min(start + size, text.count)])
            }
            #expect(lines == ["one", "two"])
            #expect(buffer.finish() == "three")
            #expect(buffer.finish() == nil)
        }
    }

    @Test func queriesAreEncoded() {
        #expect(AdminClient.percentEncoded("a b+c&d=é~-._") == "a%20b%2Bc%26d%3D%C3%A9~-._")
    }
}
