/// What an `AnswerScanner` finds, in the order of the bytes.
public protocol AnswerVisitor {
    /// Text that the model produced, with JSON's escapes undone: content, reasoning, refusal, names and
    /// arguments of tool calls.
    ///
    /// A fragment can end anywhere, also within a UTF-8 sequence, which the next one for the same
    /// channel then continues. Raw bytes are passed as they came: a provider that sends bytes that are
    /// not UTF-8 is not corrected. Escaped lone surrogates arrive as U+FFFD. The bytes are valid only
    /// during the call. No bytes at all say that there is something of the kind which is not shown:
    /// reasoning that is encrypted or left out, audio, images.
    mutating func content(_ channel: AnswerChannel, _ utf8: UnsafeRawBufferPointer)

    /// A clean boundary: other bytes may follow here, or none.
    ///
    /// Where a CR LF is cut by two reads, the boundary is reported behind the CR, and the LF that
    /// begins the next payload has a `comment` boundary of its own.
    ///
    /// - Parameter offset: the offset in the payload given to `scan`, just behind the last byte.
    mutating func event(endingAt offset: Int, kind: EventKind)
}
