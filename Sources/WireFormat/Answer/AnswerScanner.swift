/// Looks at an answer as it passes: finds the text to count, the usage, and where each event ends.
///
/// Fed the payload of the body (chunked framing removed) in reads of any size; keeps a few hundred
/// bytes whatever the size of an event, allocates nothing, and takes any bytes. The same bytes give the
/// same facts, text and boundaries however they are split (but see `AnswerVisitor.event`).
public struct AnswerScanner: Sendable {
    /// What the answer has said so far.
    public private(set) var facts = AnswerFacts()

    /// - Parameters:
    ///   - dialect: the endpoint that was asked.
    ///   - isEventStream: whether the answer is `text/event-stream`; else it is one JSON document.
    public init(dialect: Dialect, isEventStream: Bool) {
    }

    /// Looks at the next bytes of the body.
    public mutating func scan<Visitor: AnswerVisitor>(
        _ payload: UnsafeRawBufferPointer, _ visitor: inout Visitor
    ) {
    }

    /// The body has ended. A last line `data: [DONE]` without a line end still counts as terminal; any
    /// other unfinished event is dropped, as a client drops it.
    public mutating func finish() {
    }
}
