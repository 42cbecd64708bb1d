import IPC
import Testing

@testable import Worker

/// Anybody can be let through with whatever they call their credential. Once it was taken for a secret of
/// everybody's: other clients' headers were dropped, and their models' names left the records, and with
/// them the price.
@Suite("A credential that is passed through touches nobody else's answers and bills", .serialized)
struct PassthroughTests {
    private func post(_ credential: String, model: String) -> String {
        WorkerRig.post(
            #"{"model":"\#(model)","stream":true,"messages":[]}"#, key: nil,
            headers: ["X-Api-Key: \(credential)"])
    }

    /// One request and its answer.
    private func ask(
        _ rig: WorkerRig, _ request: String, answer: String
    ) throws -> (head: String, body: String) {
        let client = try rig.client()
        try client.send(request)
        let provider = try rig.provider()
        _ = try provider.readMessage()
        try provider.send(answer)
        let got = try client.readMessage()
        return (got.head, got.body)
    }

    private static let stream =
        WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.usageEvent)
        + WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n"

    @Test("whatever its text is")
    func poisoning() throws {
        let rig = try WorkerRig {
            $0.passthrough = true
            $0.keys = false
        }
        for text in ["text/event-stream", "gpt-4o-mini-2024-07-18", "openai, and others"] {
            _ = try ask(rig, post(text, model: "gpt-x"), answer: Self.stream)
        }
        let (head, _) = try ask(
            rig, post("another client's own", model: "gpt-4o-mini-2024-07-18"),
            answer: Self.stream)
        #expect(head.lowercased().contains("content-type: text/event-stream"))
        _ = try rig.settled(4)
        #expect(rig.opened.last?.model == "gpt-4o-mini-2024-07-18")
        #expect(rig.opened.last?.providerModel == "gpt-4o-mini-2024-07-18")
    }

    @Test("and does not come back to its own client, in a header or in an error")
    func echo() throws {
        let rig = try WorkerRig {
            $0.passthrough = true
            $0.keys = false
        }
        let own = "unshaped.Tq8Wz3Lm6Xc1Vb9"
        let body = #"{"error":{"message":"Bad key \#(own)."}}"#
        let (head, text) = try ask(
            rig, post(own, model: "gpt-x"),
            answer:
                "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nX-Echo: \(own)\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        #expect(!head.contains(own))
        #expect(!text.contains(own))
        #expect(text.contains("[REDACTED:"))
    }
}
