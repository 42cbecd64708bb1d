import NIOCore
import Redaction
import Secrets
import Testing
import WireFormat

@testable import Worker

@Suite("An error's body reaches the client without the keys in it, however it is framed and cut")
struct ErrorRelayTests {
    private static let key = "unshaped.Rm5Kd8Wt1Yb6Nc3Qz7Lp2Vx9"
    private static let own = "another.Zs6Xv9Lb1Mc5WdHj4Tn8Fq2"
    private static let body =
        #"{"error":{"message":"Bad key \#(key) and \#(own), says the provider."}}"#
    private static let shown =
        #"{"error":{"message":"Bad key KEY and KEY, says the provider."}}"#

    private static let known: KnownSecrets = {
        let known = KnownSecrets(configuredCapacity: 1, recentCapacity: 1)
        Array(key.utf8).withUnsafeBytes { _ = known.add($0) }
        return known
    }()

    /// What the client gets, without the framing.
    private func relayed(
        _ source: AnswerRelay.Source, _ sink: AnswerRelay.Sink, _ wire: [UInt8], cut size: Int
    ) throws -> String {
        var relay = AnswerRelay(
            source: source, sink: sink, dialect: .chatCompletions, isEventStream: false,
            hidesUsage: false, encoding: nil, isError: true, known: Self.known,
            own: Secret(copying: Self.own.utf8))
        var observer = ReadObserver()
        var ledger = DeliveryLedger()
        var out = ByteBuffer()
        for start in stride(from: 0, to: wire.count, by: size) {
            let read = ByteBuffer(bytes: wire[start..<min(start + size, wire.count)])
            let output = relay.consume(read, observer: &observer, ledger: &ledger)
            if let bytes = output.bytes { out.writeImmutableBuffer(bytes) }
        }
        if source == .untilClose, let rest = relay.sourceClosed(ledger: &ledger).1 {
            out.writeImmutableBuffer(rest)
        }
        #expect(relay.isEnded)
        #expect(ledger.bytesWritten == UInt64(out.readableBytes))
        guard sink == .chunked else { return String(buffer: out) }
        var framing = ChunkedFraming()
        var payload: [UInt8] = []
        try out.withUnsafeReadableBytes { bytes in
            var offset = 0
            while case .payload(let range) = try framing.next(in: bytes, from: &offset) {
                payload += bytes[range]
            }
        }
        return String(decoding: payload, as: UTF8.self)
    }

    @Test(arguments: [1, 2, 7, 64, 10_000])
    func everyFraming(cut size: Int) throws {
        let body = Self.body
        let chunked = body.split(every: 11).map { WorkerRig.chunk($0) }.joined() + "0\r\n\r\n"
        let sources: [(AnswerRelay.Source, String)] = [
            (.length(UInt64(body.utf8.count)), body), (.chunked, chunked), (.untilClose, body),
        ]
        for (source, wire) in sources {
            for sink in [AnswerRelay.Sink.chunked, .untilClose] {
                let text = try relayed(source, sink, Array(wire.utf8), cut: size)
                #expect(
                    text.replacing(#/\[REDACTED:[a-z0-9-]+\]/#, with: "KEY") == Self.shown,
                    "\(source) \(sink): \(text)")
            }
        }
    }
}

extension String {
    /// Pieces of so many characters; the last may have fewer.
    fileprivate func split(every size: Int) -> [String] {
        let characters = Array(self)
        return stride(from: 0, to: characters.count, by: size).map {
            String(characters[$0..<Swift.min($0 + size, characters.count)])
        }
    }
}
