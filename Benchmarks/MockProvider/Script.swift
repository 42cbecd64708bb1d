import NIOCore

/// An answer as a list of steps: the head, events with their framing, pauses, and the fault.
struct Script: Equatable, Sendable {
    private(set) var steps: [Step] = []
    private let directives: Directives
    private var faults: Set<Fault> { directives.faults }

    /// Whether the connection serves another request afterwards is for the player to decide; an
    /// answer without framing ends it.
    init(_ answer: Answer, _ directives: Directives) {
        self.directives = directives
        if directives.delay > 0 { steps.append(.pause(microseconds: directives.delay)) }
        if faults.contains(.stallBeforeHead) || faults.contains(.noRead) {
            steps.append(.stall)
            return
        }
        if faults.contains(.badHead) {
            send("HTTP/1.1 2OO Who knows\r\nno colon here\r\n\r\n")
            steps.append(.stall)
            return
        }
        switch answer.body {
        case .whole(let text): addWhole(answer, Array(text.utf8))
        case .events(let events): addStream(answer, events)
        }
        if let end = faults.contains(.reset) ? .reset : faults.contains(.eof) ? Step.close : nil {
            cut(before: end)
        }
    }

    // MARK: Bodies

    private mutating func addWhole(_ answer: Answer, _ body: [UInt8]) {
        sendHead(answer, framing: ("Content-Length", String(body.count)))
        if faults.contains(.stallAfterHead) {
            steps.append(.stall)
        } else if faults.contains(.stallMid) {
            send(body.prefix(body.count / 2))
            steps.append(.stall)
        } else {
            send(body, events: 1)
        }
    }

    private mutating func addStream(_ answer: Answer, _ events: [ServerSentEvent]) {
        let lineEnd = faults.contains(.crlf) ? "\r\n" : faults.contains(.loneCR) ? "\r" : "\n"
        let rendered = events.map { $0.rendered(lineEnd: lineEnd) }
        let isChunked: Bool
        if faults.contains(.contentLengthStream) {
            isChunked = false
            let length = rendered.reduce(0) { $0 + $1.count }
            sendHead(answer, framing: ("Content-Length", String(length)))
        } else if faults.contains(.closeDelimited) {
            isChunked = false
            sendHead(answer, framing: ("Connection", "close"))
        } else {
            isChunked = true
            sendHead(answer, framing: ("Transfer-Encoding", "chunked"))
        }
        steps.append(.flush)
        if faults.contains(.stallAfterHead) {
            steps.append(.stall)
            return
        }
        if directives.first > 0 { steps.append(.pause(microseconds: directives.first)) }
        let middle = directives.position ?? rendered.count / 2
        for (number, event) in rendered.enumerated() {
            if number == middle, faults.contains(.stallMid) || faults.contains(.badChunk) {
                if faults.contains(.badChunk) { send("ZZZ\r\nnot a chunk\r\n") }
                steps.append(.stall)
                return
            }
            if number > 0, directives.interval > 0 {
                steps.append(.pause(microseconds: directives.interval))
            }
            let isCounted = if case .event = events[number] { 1 } else { 0 }
            sendEvent(event, isChunked: isChunked, count: isCounted)
        }
        if faults.contains(.holdOpen) {
            steps.append(.stall)
        } else if isChunked {
            send("0\r\n\r\n")
        } else if faults.contains(.closeDelimited) {
            steps.append(.close)
        }
    }

    private mutating func sendEvent(_ event: [UInt8], isChunked: Bool, count: Int) {
        let pieces = pieces(of: event)
        for (number, piece) in pieces.enumerated() {
            var bytes: [UInt8] = []
            if isChunked { bytes += Array("\(String(piece.count, radix: 16))\r\n".utf8) }
            bytes += piece
            if isChunked { bytes += [13, 10] }
            send(bytes, events: number == pieces.count - 1 ? count : 0)
            if pieces.count > 1 { steps.append(.flush) }
        }
    }

    /// The parts of an event that are written and framed on their own.
    private func pieces(of event: [UInt8]) -> [ArraySlice<UInt8>] {
        if faults.contains(.split) { return event.indices.map { event[$0...$0] } }
        guard faults.contains(.utf8Split) else { return [event[...]] }
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        for index in event.indices.dropFirst() where event[index] & 0xc0 == 0x80 {
            // The byte continues a character: a piece ends in front of it.
            pieces.append(event[start..<index])
            start = index
        }
        return pieces + [event[start...]]
    }

    // MARK: Bytes

    private mutating func sendHead(_ answer: Answer, framing: (String, String)) {
        var head = "HTTP/1.1 \(answer.status) \(Script.reason(answer.status))\r\n"
        for (name, value) in answer.headers + [framing] { head += "\(name): \(value)\r\n" }
        send(head + "\r\n")
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 307: "Temporary Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 404: "Not Found"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 529: "Overloaded"
        default: "Status"
        }
    }

    private mutating func send(_ text: String) { send(Array(text.utf8)) }

    private mutating func send(_ bytes: some Collection<UInt8>, events: Int = 0) {
        steps.append(.send(ByteBuffer(bytes: bytes), events: events))
    }

    /// Ends the script with `end` once `at` bytes were sent, or half of them.
    private mutating func cut(before end: Step) {
        let total = steps.reduce(0) { sum, step in
            if case .send(let bytes, _) = step { sum + bytes.readableBytes } else { sum }
        }
        var rest = min(directives.position ?? total / 2, total)
        var kept: [Step] = []
        for step in steps {
            guard case .send(let bytes, _) = step else {
                kept.append(step)
                continue
            }
            if bytes.readableBytes <= rest {
                kept.append(step)
                rest -= bytes.readableBytes
                continue
            }
            if rest > 0, let head = bytes.getSlice(at: bytes.readerIndex, length: rest) {
                kept.append(.send(head, events: 0))
            }
            break
        }
        steps = kept + [.flush, end]
    }
}
