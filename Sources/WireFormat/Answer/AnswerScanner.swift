/// Looks at an answer as it passes: finds the text to count, the usage, and where each event ends.
///
/// Fed the payload of the body (chunked framing removed) in reads of any size; keeps a few hundred
/// bytes whatever the size of an event, allocates nothing, and takes any bytes. The same bytes give the
/// same facts, text and boundaries however they are split (but see `AnswerVisitor.event`).
public struct AnswerScanner: Sendable {
    /// What the answer has said so far.
    public private(set) var facts = AnswerFacts()

    /// Where in a line of the event stream the scanner is (WHATWG HTML §9.2.5).
    private enum Line: UInt8 {
        /// Within a byte order mark that may begin the stream.
        case mark
        /// At the first byte of a line.
        case start
        case fieldName
        /// Behind a field's colon, where one space does not count.
        case valueStart
        case data
        case eventName
        case comment
        /// The value of a field that does not matter.
        case other
    }

    private static let doneMarker: StaticString = "[DONE]"
    private static let byteOrderMark: InlineArray<3, UInt8> = [0xEF, 0xBB, 0xBF]

    private let isEventStream: Bool
    private var document: AnswerDocument

    private var line = Line.mark
    /// The first bytes of a field's name, the last one lowest, and how many there are, at most 9.
    private var name: UInt64 = 0
    private var nameCount = 0
    private var markCount = 0
    private var eventName = SmallText()
    /// Fields of the event were read since the last boundary.
    private var isEventOpen = false
    private var hasData = false
    private var hasDataBytes = false
    /// Bytes of `[DONE]` that the event's data began with; -1: it began otherwise.
    private var doneMatched = 0
    /// The last line ended in the CR that ended its payload; an LF that begins the next is part of it.
    private var lineFeedMayFollow = false
    private var boundaryBeforeLineFeed = false
    /// The JSON document of an answer that is no stream was judged.
    private var isJudged = false

    /// - Parameters:
    ///   - dialect: the endpoint that was asked.
    ///   - isEventStream: whether the answer is `text/event-stream`; else it is one JSON document.
    public init(dialect: Dialect, isEventStream: Bool) {
        self.isEventStream = isEventStream
        document = AnswerDocument(AnswerSchema(dialect: dialect, isEventStream: isEventStream))
    }

    /// Looks at the next bytes of the body.
    public mutating func scan<Visitor: AnswerVisitor>(
        _ payload: UnsafeRawBufferPointer, _ visitor: inout Visitor
    ) {
        guard payload.count > 0 else { return }
        if isEventStream {
            scanLines(payload, &visitor)
            facts.hasPendingEvent =
                isEventOpen || (line != .start && line != .mark) || markCount > 0
        } else {
            scanDocument(payload, &visitor)
        }
    }

    /// The body has ended. A last line `data: [DONE]` without a line end still counts as terminal; any
    /// other unfinished event is dropped, as a client drops it.
    public mutating func finish() {
        if isEventStream {
            if line == .data, isDone { facts.terminalSeen = true }
        } else if !isJudged {
            isJudged = true
            if document.end() {
                acceptDocument()
            } else {
                facts.malformedEvents &+= 1
            }
        }
    }

    private var isDone: Bool { doneMatched == Self.doneMarker.utf8CodeUnitCount }
}

// An answer that is one JSON document.
extension AnswerScanner {
    private mutating func scanDocument<Visitor: AnswerVisitor>(
        _ payload: UnsafeRawBufferPointer, _ visitor: inout Visitor
    ) {
        var index = 0
        while index < payload.count, !isJudged {
            index = document.run(payload, from: index, &visitor)
            if index < payload.count, document.state != .done, payload[index].isLineEnd {
                document.endLine()
                index &+= 1
            }
            if document.state == .done {
                isJudged = true
                acceptDocument()
                visitor.event(endingAt: index, kind: document.hasError ? .error : .terminal)
            } else if document.state == .failed {
                isJudged = true
                facts.malformedEvents &+= 1
            }
        }
        facts.hasPendingEvent = !isJudged
    }

    private mutating func acceptDocument() {
        document.apply(to: &facts)
        facts.terminalSeen = true
        if document.hasError { facts.errorSeen = true }
        facts.hasPendingEvent = false
    }
}

// An event stream.
extension AnswerScanner {
    private mutating func scanLines<Visitor: AnswerVisitor>(
        _ payload: UnsafeRawBufferPointer, _ visitor: inout Visitor
    ) {
        var index = 0
        if lineFeedMayFollow {
            lineFeedMayFollow = false
            if payload[0] == Byte.lineFeed {
                index = 1
                if boundaryBeforeLineFeed { visitor.event(endingAt: 1, kind: .comment) }
            }
        }
        while index < payload.count {
            let byte = payload[index]
            if byte.isLineEnd {
                endLine(payload, &index, &visitor)
                continue
            }
            switch line {
            case .mark: readMark(byte, &index)
            case .start:
                line = byte == Byte.colon ? .comment : .fieldName
                name = 0
                nameCount = 0
            case .fieldName:
                index &+= 1
                if byte == Byte.colon {
                    line = .valueStart
                } else if nameCount < 9 {
                    name = name << 8 | UInt64(byte)
                    nameCount &+= 1
                }
            case .valueStart:
                if byte == Byte.space { index &+= 1 }
                beginValue()
            case .data: readData(payload, &index, &visitor)
            case .eventName:
                let end = JSONScan.lineEnd(payload, from: index)
                eventName.append(UnsafeRawBufferPointer(rebasing: payload[index..<end]))
                index = end
            case .comment, .other: index = JSONScan.lineEnd(payload, from: index)
            }
        }
    }

    private mutating func readMark(_ byte: UInt8, _ index: inout Int) {
        guard markCount < 3, byte == Self.byteOrderMark[markCount] else {
            // Not a mark, or behind one. A piece of a mark is the name of no field that matters.
            line = markCount > 0 && markCount < 3 ? .fieldName : .start
            name = 0
            nameCount = line == .fieldName ? 9 : 0
            markCount = 0
            return
        }
        markCount &+= 1
        index &+= 1
        if markCount == 3 {
            line = .start
            markCount = 0
        }
    }

    /// What the value of the field means whose name was read.
    private mutating func beginValue() {
        // "data" and "event" in ASCII.
        switch (nameCount, name) {
        case (4, 0x6461_7461):
            line = .data
            if hasData {
                // The lines of one event's data are joined by a line feed.
                document.endLine()
                if !isDone { doneMatched = -1 }
            }
            hasData = true
        case (5, 0x65_7665_6E74):
            line = .eventName
            eventName.clear()
        default: line = .other
        }
    }

    private mutating func readData<Visitor: AnswerVisitor>(
        _ payload: UnsafeRawBufferPointer, _ index: inout Int, _ visitor: inout Visitor
    ) {
        hasDataBytes = true
        var place = index
        while doneMatched >= 0, !isDone, place < payload.count {
            let expected = Self.doneMarker.utf8Start[doneMatched]
            doneMatched = payload[place] == expected ? doneMatched &+ 1 : -1
            place &+= 1
        }
        index = document.run(payload, from: index, &visitor)
    }

    private mutating func endLine<Visitor: AnswerVisitor>(
        _ payload: UnsafeRawBufferPointer, _ index: inout Int, _ visitor: inout Visitor
    ) {
        let isReturn = payload[index] == Byte.carriageReturn
        index &+= 1
        if isReturn {
            if index == payload.count {
                lineFeedMayFollow = true
            } else if payload[index] == Byte.lineFeed {
                index &+= 1
            }
        }
        if line == .fieldName || line == .valueStart { beginValue() }
        let ended = line
        line = .start
        boundaryBeforeLineFeed = true
        switch ended {
        case .start,
            .mark where markCount == 0:
            endEvent(at: index, &visitor)
        case .data where isDone:
            facts.terminalSeen = true
            startEvent()
            visitor.event(endingAt: index, kind: .terminal)
        case .comment where !isEventOpen: visitor.event(endingAt: index, kind: .comment)
        default:
            if ended == .eventName { document.namedType = EventType(eventName) }
            if ended != .comment { isEventOpen = true }
            boundaryBeforeLineFeed = false
        }
        markCount = 0
    }

    /// A blank line: the event is whole.
    private mutating func endEvent<Visitor: AnswerVisitor>(
        at index: Int, _ visitor: inout Visitor
    ) {
        var kind = EventKind.comment
        if hasData {
            let isWhole = document.end()
            if isWhole {
                document.apply(to: &facts)
            } else if hasDataBytes {
                facts.malformedEvents &+= 1
            }
            kind = judge(isWhole: isWhole)
        }
        startEvent()
        visitor.event(endingAt: index, kind: kind)
    }

    private mutating func judge(isWhole: Bool) -> EventKind {
        switch document.type {
        case .error:
            facts.errorSeen = true
            return .error
        case .failed:
            facts.errorSeen = true
            facts.terminalSeen = true
            return .error
        case .terminal:
            facts.terminalSeen = true
            return .terminal
        case .unknown, .itemAdded, .audio, .reasoning, .refusal, .callArguments: break
        }
        guard isWhole else { return .ordinary }
        if document.hasError {
            facts.errorSeen = true
            return .error
        }
        return document.isUsageOnly ? .usageOnly : .ordinary
    }

    private mutating func startEvent() {
        document.reset()
        isEventOpen = false
        hasData = false
        hasDataBytes = false
        doneMatched = 0
    }
}
