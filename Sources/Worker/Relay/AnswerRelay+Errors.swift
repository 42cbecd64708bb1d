import NIOCore
import WireFormat

// Errors: what a provider says in one must not show a credential, so its bytes are not passed on as they
// are. All else is.
extension AnswerRelay {
    /// An event of the read is an error, or the whole body is.
    func hasError(_ observer: ReadObserver) -> Bool {
        redaction != nil || (isEventStream && observer.marks.contains { $0.kind == .error })
    }

    /// As `compose`, with the errors redacted.
    mutating func composeRedacted(
        _ read: ByteBuffer, _ observer: ReadObserver, _ ledger: inout DeliveryLedger
    ) -> ByteBuffer? {
        var payload = ByteBuffer()
        var ends: [(offset: Int, tokens: UInt64)] = []
        if let redaction {
            for range in observer.ranges {
                if let piece = read.getSlice(
                    at: read.readerIndex + range.lowerBound, length: range.count)
                {
                    redaction.pass(piece, to: &payload)
                }
            }
            if isEnded { redaction.finish(to: &payload) }
            ends.append((payload.readableBytes, tokensProduced))
        } else {
            let goes = payloadThatGoes(observer)
            var start = 0
            for mark in observer.marks {
                guard !(hidesUsage && mark.kind == .usageOnly) else {
                    start = mark.position
                    continue
                }
                appendEvent(start..<mark.position, mark.kind, read, observer, to: &payload)
                start = mark.position
                if mark.kind != .comment { ends.append((payload.readableBytes, mark.tokens)) }
            }
            append(start..<max(start, goes), read, observer, to: &payload)
            holdBack(from: goes, read, observer)
        }
        return frame(payload, ends, &ledger)
    }

    private func appendEvent(
        _ part: Range<Int>, _ kind: EventKind, _ read: ByteBuffer, _ observer: ReadObserver,
        to payload: inout ByteBuffer
    ) {
        guard kind == .error else { return append(part, read, observer, to: &payload) }
        var event = ByteBuffer()
        append(part, read, observer, to: &event)
        let redaction = ErrorRedaction(known: known, own: own)
        redaction.pass(event, to: &payload)
        redaction.finish(to: &payload)
    }

    /// Puts the payload into a chunk, where the client gets chunks, and enters its events.
    private func frame(
        _ payload: ByteBuffer, _ ends: [(offset: Int, tokens: UInt64)],
        _ ledger: inout DeliveryLedger
    ) -> ByteBuffer? {
        var out = ByteBuffer()
        if payload.readableBytes > 0 {
            out = Self.chunk(sink, capacity: payload.readableBytes)
            let lead = out.readableBytes
            for end in ends { ledger.markEvent(offset: lead + end.offset, tokens: end.tokens) }
            out.writeImmutableBuffer(payload)
            Self.closeChunk(sink, &out)
        }
        if isEnded, sink == .chunked { out.writeStaticString("0\r\n\r\n") }
        ledger.wrote(out.readableBytes)
        return out.readableBytes > 0 ? out : nil
    }
}
