import NIOCore
import Redaction
import Secrets
import Tokenization
import WireFormat

/// Passes an answer's body on: follows its framing, looks at it, and gives back what the client is to
/// be written for each read. A value without input or output.
///
/// Where a read begins and ends at a boundary of chunks and of events, the very same bytes are given
/// back. Else what may go is put into one new chunk. Of an event stream only whole events go out, so
/// that whatever becomes of the provider, the client can be told in a way that it understands.
struct AnswerRelay {
    /// How the provider frames the body.
    enum Source: Equatable, Sendable {
        case length(UInt64)
        case chunked
        case untilClose
    }

    /// How the client gets it.
    enum Sink: Equatable, Sendable {
        case chunked
        /// As it comes; the body's length was announced.
        case length
        /// As it comes; the connection's end is the body's.
        case untilClose
    }

    /// What a read came to.
    struct Output {
        /// Bytes for the client, if any.
        var bytes: ByteBuffer?
        /// An event that ends the answer passed; `isError` when it was an error event.
        var terminal: Terminal?
        /// The body is at its end, and so is what the client was given.
        var isEnded = false
        /// Bytes came behind the body: the connection cannot be used again.
        var hasExcess = false
        /// The framing is broken; the bytes before the break are in `bytes`.
        var isBroken = false
    }

    enum Terminal: Equatable, Sendable {
        case regular
        case error
    }

    /// An unfinished event is held back up to this many bytes; a longer one is passed on as it comes.
    static let heldMax = 64 * 1024

    let source: Source
    let sink: Sink
    let isEventStream: Bool
    let hidesUsage: Bool
    /// Recognises the secrets that no error may show.
    let known: KnownSecrets
    /// Whether nothing is to be learned from a count made here beside the provider's: it is the same.
    let trustsReport: Bool
    /// The client's own credential, where it was passed through.
    let own: Secret?
    /// For a body that is an error as a whole: what it passes through.
    let redaction: ErrorRedaction?
    var scanner: AnswerScanner
    private(set) var tally: ContentTally
    private var framing = ChunkedFraming()
    private var remaining: UInt64
    private var held = ByteBuffer()
    /// The client has the beginning of an event whose end has not come.
    private var isWithinLongEvent = false
    /// Of the last event that was no comment.
    private var lastKind: EventKind?
    private(set) var isEnded = false

    /// - Parameters:
    ///   - hidesUsage: whether usage chunks are kept from the client, who did not ask for them.
    ///   - encoding: what the answer's texts are counted with; nil: nothing is counted.
    ///   - trustsReport: whether an answer in one piece need not be counted where the provider has.
    ///   - isError: the whole body is an error; it may grow or shrink, so `sink` must not be `length`.
    ///   - known: the secrets that are taken out of an error, by their value.
    ///   - own: the client's own credential, which is one more.
    init(
        source: Source, sink: Sink, dialect: Dialect, isEventStream: Bool, hidesUsage: Bool,
        encoding: Encoding?, trustsReport: Bool = false, isError: Bool = false, known: KnownSecrets,
        own: Secret? = nil
    ) {
        self.source = source
        self.sink = sink
        self.isEventStream = isEventStream
        self.hidesUsage = hidesUsage
        self.known = known
        self.trustsReport = trustsReport
        self.own = own
        redaction = isError ? ErrorRedaction(known: known, own: own) : nil
        tally = ContentTally(encoding: encoding)
        scanner = AnswerScanner(dialect: dialect, isEventStream: isEventStream)
        if case .length(let length) = source { remaining = length } else { remaining = 0 }
    }

    /// Tokens of all text that arrived.
    var tokensProduced: UInt64 { tally.tokens }
    /// Bytes of an unfinished event that are held back.
    var heldBytes: Int { held.readableBytes }

    /// Takes one read of the body.
    mutating func consume(
        _ read: ByteBuffer, observer: inout ReadObserver, ledger: inout DeliveryLedger
    ) -> Output {
        guard !isEnded else {
            return Output(isEnded: true, hasExcess: read.readableBytes > 0)
        }
        let startsAtBoundary = framing.isAtBoundary
        var output = Output()
        observer.begin(held: held.readableBytes)
        swap(&observer.tally, &tally)
        let end = read.withUnsafeReadableBytes { bytes in
            inspect(bytes, &observer, &output)
        }
        swap(&observer.tally, &tally)
        tally.settle()
        output.hasExcess = isEnded && end < read.readableBytes
        for mark in observer.marks {
            if mark.kind != .comment { lastKind = mark.kind }
            if mark.kind == .error {
                output.terminal = .error
            } else if mark.kind == .terminal, output.terminal == nil {
                output.terminal = .regular
            }
        }
        if isEnded { scanner.finish() }
        let endsAtBoundary = framing.isAtBoundary || isPlainEnd(end, observer)
        let keepsFraming =
            source == .chunked && sink == .chunked && startsAtBoundary && endsAtBoundary
        let hasNoFraming = source != .chunked && sink != .chunked
        if hasError(observer) {
            output.bytes = composeRedacted(read, observer, &ledger)
        } else if keepsFraming || hasNoFraming, !output.isBroken, canPassWhole(observer) {
            note(observer.marks, hiding: false, lead: nil, size: end, &ledger)
            output.bytes =
                end == read.readableBytes
                ? read : read.getSlice(at: read.readerIndex, length: end)
            ledger.wrote(end)
        } else {
            output.bytes = compose(read, observer, &ledger)
        }
        output.isEnded = isEnded
        return output
    }

    /// The provider's connection ended: a proper end where that is the body's end, or where nothing but
    /// the body's own end is missing.
    ///
    /// - Returns: whether it was, and what is left to be written.
    mutating func sourceClosed(ledger: inout DeliveryLedger) -> (isProper: Bool, ByteBuffer?) {
        guard !isEnded else { return (true, nil) }
        scanner.finish()
        guard source == .untilClose || isWhole else { return (false, nil) }
        return (true, endProperly(ledger: &ledger))
    }

    /// The last event was there: `[DONE]`, if without its line's end, or the chunk with the usage alone,
    /// which OpenAI-compatible providers send behind all else.
    private var isWhole: Bool {
        guard isEventStream, sink != .length else { return false }
        return scanner.facts.terminalSeen
            || (lastKind == .usageOnly && !scanner.facts.hasPendingEvent)
    }

    /// What is written to end the body properly, once the answer is over: what was held back, and the
    /// last chunk. Nil when nothing is.
    mutating func endProperly(ledger: inout DeliveryLedger) -> ByteBuffer? {
        if !isEnded { redaction?.finish(to: &held) }
        isEnded = true
        var out = ByteBuffer()
        if held.readableBytes > 0 {
            out = Self.chunk(sink, capacity: held.readableBytes)
            out.writeBuffer(&held)
            Self.closeChunk(sink, &out)
        }
        held = ByteBuffer()
        if sink == .chunked { out.writeStaticString("0\r\n\r\n") }
        ledger.wrote(out.readableBytes)
        return out.readableBytes > 0 ? out : nil
    }

    /// What is written to end an event stream that broke off: the dialect's error event and a proper
    /// end. Nil when the client cannot be told within the body: the connection has to end.
    mutating func breakOff(with event: [UInt8], ledger: inout DeliveryLedger) -> ByteBuffer? {
        held = ByteBuffer()
        guard isEventStream, !isWithinLongEvent, !isEnded, sink != .length else { return nil }
        isEnded = true
        var out = Self.chunk(sink, capacity: event.count)
        out.writeBytes(event)
        Self.closeChunk(sink, &out)
        if sink == .chunked { out.writeStaticString("0\r\n\r\n") }
        ledger.wrote(out.readableBytes)
        return out
    }
}

extension AnswerRelay {
    /// Walks through the read. Returns the offset behind the body's last byte in it.
    private mutating func inspect(
        _ bytes: UnsafeRawBufferPointer, _ observer: inout ReadObserver, _ output: inout Output
    ) -> Int {
        guard source == .chunked else {
            var count = bytes.count
            if case .length = source {
                count = Int(min(UInt64(count), remaining))
                remaining &-= UInt64(count)
                isEnded = remaining == 0
            }
            if count > 0, !(isWholeAtOnce(count) && takeReport(bytes, count, &observer)) {
                look(at: 0..<count, bytes, &observer)
            }
            return count
        }
        var offset = 0
        while true {
            do throws(ChunkedFraming.Failure) {
                switch try framing.next(in: bytes, from: &offset) {
                case .payload(let range): look(at: range, bytes, &observer)
                case .needsMore: return offset
                case .ended:
                    isEnded = true
                    return offset
                }
            } catch {
                output.isBroken = true
                return offset
            }
        }
    }

    mutating func look(
        at range: Range<Int>, _ bytes: UnsafeRawBufferPointer, _ observer: inout ReadObserver
    ) {
        observer.enter(range)
        scanner.scan(UnsafeRawBufferPointer(rebasing: bytes[range]), &observer)
    }

    /// The body ended in this read with an empty last chunk that has neither extension nor trailer.
    private func isPlainEnd(_ end: Int, _ observer: ReadObserver) -> Bool {
        guard isEnded else { return false }
        // CR LF behind the last payload, then "0", CR LF, CR LF.
        return observer.ranges.last.map { $0.upperBound &+ 7 == end } ?? (end == 5)
    }

    /// Nothing in the read has to be kept from the client, now or for the time being.
    private func canPassWhole(_ observer: ReadObserver) -> Bool {
        guard isEventStream else { return true }
        guard held.readableBytes == 0, !isWithinLongEvent else { return false }
        if !isEnded, observer.payloadSize > 0, observer.marks.last?.position != observer.payloadSize
        {
            return false
        }
        return !hidesUsage || !observer.marks.contains { $0.kind == .usageOnly }
    }

    /// Puts what may go of the held bytes and of the read into one chunk, and holds back the rest.
    private mutating func compose(
        _ read: ByteBuffer, _ observer: ReadObserver, _ ledger: inout DeliveryLedger
    ) -> ByteBuffer? {
        let goes = payloadThatGoes(observer)
        let hidden = hiddenSize(observer, upTo: goes)
        var out = ByteBuffer()
        if goes > hidden {
            out = Self.chunk(sink, capacity: goes - hidden)
            let lead = out.readableBytes
            note(
                observer.marks, hiding: true, lead: lead, size: lead + goes - hidden, &ledger)
            appendVisible(upTo: goes, read, observer, to: &out)
            Self.closeChunk(sink, &out)
        }
        holdBack(from: goes, read, observer)
        if isEnded, sink == .chunked { out.writeStaticString("0\r\n\r\n") }
        ledger.wrote(out.readableBytes)
        return out.readableBytes > 0 ? out : nil
    }

    /// How many bytes of the open payload go out now.
    mutating func payloadThatGoes(_ observer: ReadObserver) -> Int {
        let whole = observer.payloadSize
        guard isEventStream, !isEnded else { return whole }
        let boundary = observer.marks.last?.position
        let clean = boundary ?? (isWithinLongEvent ? whole : 0)
        if boundary != nil { isWithinLongEvent = false }
        guard whole - clean > Self.heldMax else { return clean }
        isWithinLongEvent = true
        return whole
    }

    private func hiddenSize(_ observer: ReadObserver, upTo end: Int) -> Int {
        guard hidesUsage else { return 0 }
        var start = 0
        var size = 0
        for mark in observer.marks {
            if mark.kind == .usageOnly { size += mark.position - start }
            start = mark.position
        }
        return min(size, end)
    }

    private func appendVisible(
        upTo end: Int, _ read: ByteBuffer, _ observer: ReadObserver, to out: inout ByteBuffer
    ) {
        guard hidesUsage else {
            append(0..<end, read, observer, to: &out)
            return
        }
        var start = 0
        var shownFrom = 0
        for mark in observer.marks {
            if mark.kind == .usageOnly {
                append(shownFrom..<start, read, observer, to: &out)
                shownFrom = mark.position
            }
            start = mark.position
        }
        append(shownFrom..<max(shownFrom, end), read, observer, to: &out)
    }

    /// Copies a part of the open payload.
    func append(
        _ part: Range<Int>, _ read: ByteBuffer, _ observer: ReadObserver, to out: inout ByteBuffer
    ) {
        var position = held.readableBytes
        let fromHeld = part.clamped(to: 0..<position)
        if !fromHeld.isEmpty,
            let slice = held.getSlice(
                at: held.readerIndex + fromHeld.lowerBound, length: fromHeld.count)
        {
            out.writeImmutableBuffer(slice)
        }
        for range in observer.ranges {
            let piece = part.clamped(to: position..<(position + range.count))
            if !piece.isEmpty,
                let slice = read.getSlice(
                    at: read.readerIndex + range.lowerBound + piece.lowerBound - position,
                    length: piece.count)
            {
                out.writeImmutableBuffer(slice)
            }
            position += range.count
        }
    }

    mutating func holdBack(
        from position: Int, _ read: ByteBuffer, _ observer: ReadObserver
    ) {
        guard position < observer.payloadSize else {
            if held.readableBytes > 0 { held = ByteBuffer() }
            return
        }
        if position == 0 {
            // Nothing went: what is held grows by the whole read.
            for range in observer.ranges {
                if let slice = read.getSlice(
                    at: read.readerIndex + range.lowerBound, length: range.count)
                {
                    held.writeImmutableBuffer(slice)
                }
            }
            return
        }
        var rest = ByteBuffer()
        append(position..<observer.payloadSize, read, observer, to: &rest)
        held = rest
    }

    /// Enters the events into the ledger, before `wrote` of the bytes that hold them.
    ///
    /// - Parameters:
    ///   - lead: bytes in front of the payload in what is written; nil: the read goes as it is.
    ///   - size: bytes that are written; an answer that is no stream counts one event a read.
    private func note(
        _ marks: [ReadObserver.Mark], hiding: Bool, lead: Int?, size: Int,
        _ ledger: inout DeliveryLedger
    ) {
        guard isEventStream else { return ledger.markEvent(offset: size, tokens: tally.tokens) }
        var start = 0
        var hiddenSize = 0
        for mark in marks {
            let isHidden = hiding && hidesUsage && mark.kind == .usageOnly
            if isHidden { hiddenSize += mark.position - start }
            start = mark.position
            guard !isHidden, mark.kind != .comment else { continue }
            let end = lead.map { $0 + mark.position - hiddenSize } ?? mark.offset
            ledger.markEvent(
                offset: end, tokens: mark.tokens, isTerminal: mark.kind == .terminal)
        }
    }
}
