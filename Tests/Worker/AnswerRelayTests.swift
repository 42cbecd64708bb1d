import NIOCore
import Redaction
import Testing
import Tokenization
import WireFormat

@testable import Worker

@Suite("The relay passes on what it read, whole events only")
struct AnswerRelayTests {
    static let events = [
        WorkerRig.delta("Hello"), ": ping\n\n", WorkerRig.delta("grüße 🌍"), WorkerRig.usageEvent,
        WorkerRig.delta("x"), WorkerRig.done,
    ]

    private func relay(
        _ source: AnswerRelay.Source = .chunked, _ sink: AnswerRelay.Sink = .chunked,
        stream: Bool = true, hides: Bool = true, encoding: Encoding? = nil
    ) -> AnswerRelay {
        AnswerRelay(
            source: source, sink: sink, dialect: .chatCompletions, isEventStream: stream,
            hidesUsage: hides, encoding: encoding, known: KnownSecrets())
    }

    /// Feeds the reads; what came out for each, as text.
    private func feed(
        _ relay: inout AnswerRelay, _ reads: [[UInt8]], _ ledger: inout DeliveryLedger
    ) -> [String] {
        var observer = ReadObserver()
        return reads.map { read in
            let output = relay.consume(
                ByteBuffer(bytes: read), observer: &observer, ledger: &ledger)
            return output.bytes.map { String(buffer: $0) } ?? ""
        }
    }

    /// The payload of a chunked body; nil when its framing is wrong.
    private func unchunk(_ text: String) -> String? {
        var framing = ChunkedFraming()
        let bytes = Array(text.utf8)
        var payload: [UInt8] = []
        let ended = bytes.withUnsafeBytes { bytes -> Bool in
            var offset = 0
            while let step = try? framing.next(in: bytes, from: &offset) {
                switch step {
                case .payload(let range): payload += bytes[range]
                case .needsMore: return false
                case .ended: return offset == bytes.count
                }
            }
            return false
        }
        return ended ? String(decoding: payload, as: UTF8.self) : nil
    }

    @Test("A read that begins and ends at boundaries is given back as it is")
    func verbatim() {
        var relay = relay(hides: false)
        var ledger = DeliveryLedger()
        let reads = [
            WorkerRig.chunk(WorkerRig.delta("a")) + WorkerRig.chunk(WorkerRig.delta("b")),
            "1C;x=y\r\ndata: {\"choices\":[],\"a\":1}\n\n\r\n", "0\r\n\r\n",
        ]
        #expect(feed(&relay, reads.map { Array($0.utf8) }, &ledger) == reads)
        #expect(relay.isEnded)
        #expect(ledger.bytesWritten == UInt64(reads.joined().utf8.count))
    }

    @Test(
        "Split at every byte, the payload is the same without the usage chunk, and each write ends whole"
    )
    func splitAnywhere() throws {
        let body = Array(
            (Self.events.map(WorkerRig.chunk).joined() + "0\r\n\r\n").utf8)
        let visible = Self.events.filter { $0 != WorkerRig.usageEvent }.joined()
        for cut in 0...body.count {
            var relay = relay()
            var ledger = DeliveryLedger()
            let out = feed(&relay, [Array(body[..<cut]), Array(body[cut...])], &ledger)
            #expect(unchunk(out.joined()) == visible)
            #expect(
                out[0].isEmpty || unchunk(out[0] + (cut < body.count ? "0\r\n\r\n" : "")) != nil)
            ledger.flushed(leaving: 0, keepsUnacknowledged: false)
            #expect(ledger.eventsFlushed == 4)
            #expect(ledger.bytesFlushed == UInt64(out.joined().utf8.count))
            #expect(relay.isEnded)
            #expect(relay.scanner.facts.completionTokens == 2)
        }
    }

    @Test("Byte by byte, every write is one or more whole events", arguments: [true, false])
    func byteByByte(hides: Bool) {
        let body = Array((Self.events.map(WorkerRig.chunk).joined() + "0\r\n\r\n").utf8)
        var relay = relay(hides: hides)
        var ledger = DeliveryLedger()
        let out = feed(&relay, body.map { [$0] }, &ledger)
        let visible = Self.events.filter { !hides || $0 != WorkerRig.usageEvent }
        #expect(unchunk(out.joined()) == visible.joined())
        // "[DONE]" ends at its line's end; its blank line follows by itself.
        for text in out where !text.isEmpty && text != "0\r\n\r\n" {
            #expect(text.hasSuffix("\n\r\n"))
        }
    }

    @Test("Bodies with a length, and bodies that end with the connection, become chunks")
    func otherFramings() {
        let body = Self.events.joined()
        let visible = Self.events.filter { $0 != WorkerRig.usageEvent }.joined()
        for cut in stride(from: 0, to: body.utf8.count, by: 7) {
            let bytes = Array(body.utf8)
            var ledger = DeliveryLedger()
            var counted = relay(.length(UInt64(bytes.count)))
            let out = feed(&counted, [Array(bytes[..<cut]), Array(bytes[cut...])], &ledger)
            #expect(unchunk(out.joined()) == visible)
            var open = relay(.untilClose)
            var text = feed(&open, [Array(bytes[..<cut]), Array(bytes[cut...])], &ledger).joined()
            let (isProper, rest) = open.sourceClosed(ledger: &ledger)
            text += rest.map { String(buffer: $0) } ?? ""
            #expect(isProper)
            #expect(unchunk(text) == visible)
            var old = relay(.chunked, .untilClose)
            let chunked = Array((Self.events.map(WorkerRig.chunk).joined() + "0\r\n\r\n").utf8)
            let plain = feed(&old, [Array(chunked[..<cut]), Array(chunked[cut...])], &ledger)
            #expect(plain.joined() == visible)
        }
    }

    @Test("A stream that breaks off in an event ends with the error event alone")
    func breakOff() {
        var relay = relay()
        var ledger = DeliveryLedger()
        let first = WorkerRig.chunk(WorkerRig.delta("a"))
        let partial = "40\r\ndata: {\"choices\":[{\"index\":0,\"del"
        var out = feed(&relay, [Array((first + partial).utf8)], &ledger).joined()
        #expect(relay.heldBytes > 0)
        let event = GatewayError.providerBroken.event(.chatCompletions, sequenceNumber: 0)
        out += relay.breakOff(with: event, ledger: &ledger).map { String(buffer: $0) } ?? ""
        #expect(unchunk(out) == WorkerRig.delta("a") + String(decoding: event, as: UTF8.self))
        #expect(!out.contains("[DONE]"))
        ledger.flushed(leaving: 0, keepsUnacknowledged: false)
        #expect(ledger.eventsFlushed == 1)
    }

    @Test("An event past the limit is passed on as it comes, and memory stays bounded")
    func longEvent() throws {
        let encoding = try Vocabularies()[.o200kBase]
        var relay = relay(encoding: encoding)
        var ledger = DeliveryLedger()
        let long = WorkerRig.delta(String(repeating: "y", count: 300_000))
        let body = WorkerRig.chunk(long) + WorkerRig.chunk(WorkerRig.done) + "0\r\n\r\n"
        let bytes = Array(body.utf8)
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 4096) {
            text += feed(
                &relay, [Array(bytes[start..<min(bytes.count, start + 4096)])], &ledger
            ).joined()
            #expect(relay.heldBytes <= AnswerRelay.heldMax + 4096)
        }
        #expect(unchunk(text) == long + WorkerRig.done)
        let expected = encoding.count(String(repeating: "y", count: 300_000))
        #expect(expected > 1_000 && relay.tokensProduced == UInt64(expected))
    }

    @Test("What is no stream is passed on as bytes, its trailers left out")
    func document() {
        let json =
            #"{"choices":[{"index":0,"message":{"content":"Hi there"}}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#
        var ledger = DeliveryLedger()
        var counted = relay(.length(UInt64(json.utf8.count)), .length, stream: false)
        #expect(feed(&counted, [Array(json.utf8)], &ledger) == [json])
        #expect(counted.isEnded)
        #expect(counted.scanner.facts.completionTokens == 2)
        var chunked = relay(stream: false)
        let body = WorkerRig.chunk(json) + "0\r\nX-Trailer: 1\r\n\r\n"
        let out = feed(&chunked, [Array(body.utf8)], &ledger).joined()
        #expect(unchunk(out) == json)
        #expect(!out.contains("Trailer"))
    }

    @Test("A broken framing is said so, after what came before it")
    func brokenFraming() {
        var relay = relay()
        var ledger = DeliveryLedger()
        var observer = ReadObserver()
        let read = ByteBuffer(string: WorkerRig.chunk(WorkerRig.delta("a")) + "zz\r\n")
        let output = relay.consume(read, observer: &observer, ledger: &ledger)
        #expect(output.isBroken)
        #expect(
            output.bytes.map { unchunk(String(buffer: $0) + "0\r\n\r\n") } == WorkerRig.delta("a"))
    }

    @Test(
        "The connection's end right behind the last usage, or behind [DONE], ends the answer",
        arguments: [true, false])
    func closed(hides: Bool) {
        let content = WorkerRig.chunk(WorkerRig.delta("a"))
        let usage = WorkerRig.chunk(WorkerRig.usageEvent)
        let rows: [(String, Bool, String?)] = [
            (content, false, nil),
            (content + usage, true, "0\r\n\r\n"),
            (content + usage + WorkerRig.chunk(": ping\n\n"), true, "0\r\n\r\n"),
            (content + usage + "6\r\ndata: ", false, nil),
            (usage + content, false, nil),
            (content + WorkerRig.chunk("data: [DON"), false, nil),
            (
                content + WorkerRig.chunk("data: [DONE]"), true,
                WorkerRig.chunk("data: [DONE]") + "0\r\n\r\n"
            ),
        ]
        for (body, isWhole, end) in rows {
            var relay = relay(hides: hides)
            var ledger = DeliveryLedger()
            _ = feed(&relay, [Array(body.utf8)], &ledger)
            let (isProper, bytes) = relay.sourceClosed(ledger: &ledger)
            #expect(isProper == isWhole, "\(body)")
            #expect(bytes.map { String(buffer: $0) } == end, "\(body)")
        }
    }
}
