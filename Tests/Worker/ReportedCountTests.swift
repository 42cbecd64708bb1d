import IPC
import Testing

@testable import Worker

@Suite("What the provider counts itself of an answer in one piece is not counted once more")
struct ReportedCountTests {
    private static let usage =
        #""usage":{"prompt_tokens":8,"completion_tokens":70,"total_tokens":78}"#
    private static let choices = #""choices":[{"message":{"content":"Hello world"}}]"#

    /// One answer, how it comes, and what is on record of its count.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var model = "gpt-4o"
        var answer = "{\(choices),\(usage)}"
        /// Bytes of the body that come with the head.
        var first: Int?
        var produced: UInt64? = 2
        var delivered: UInt64 = 2
        var source = CountSource.counted
        var reported: UInt64? = 70
    }

    static let cases = [
        Case(testDescription: "usage behind the text", produced: nil, delivered: 70),
        Case(
            testDescription: "usage before the text", answer: "{\(usage),\(choices)}",
            produced: nil, delivered: 70),
        Case(testDescription: "no usage", answer: "{\(choices)}", reported: nil),
        Case(testDescription: "in two reads", first: 40),
        Case(
            testDescription: "no JSON", answer: "{\(choices),\(usage)",
            reported: nil),
        Case(
            testDescription: "a model whose ratio is learned from the comparison",
            model: "gpt-unheard-of", source: .estimated),
    ]

    @Test(arguments: cases)
    func record(_ test: Case) throws {
        let rig = try WorkerRig()
        let client = try rig.client()
        try client.send(
            WorkerRig.post(
                #"{"model":"\#(test.model)","messages":[{"role":"user","content":"Hi"}]}"#))
        let provider = try rig.provider()
        _ = try provider.readMessage()
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
            + "\(test.answer.utf8.count)\r\n\r\n"
        let first = test.first ?? test.answer.count
        try provider.send(head + test.answer.prefix(first))
        if first < test.answer.count {
            _ = try client.read(through: "\r\n\r\n")
            _ = try client.read(count: first)
            try provider.send(String(test.answer.dropFirst(first)))
            _ = try client.read(count: test.answer.count - first)
        } else {
            #expect(try client.readMessage().body == test.answer)
        }
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .completed)
        #expect(record.usage.completionProduced == test.produced)
        #expect(record.usage.completionDelivered == test.delivered)
        #expect(record.usage.countSource == test.source)
        #expect(record.usage.completionReported == test.reported)
    }
}
