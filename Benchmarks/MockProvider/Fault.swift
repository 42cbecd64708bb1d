/// One way in which the mock misbehaves, or behaves as some real provider does, on request.
enum Fault: String, CaseIterable, Sendable {
    /// The request is never answered.
    case stallBeforeHead = "stall_before_head"
    /// The request's body is not read, and the request never answered.
    case noRead = "no_read"
    /// Status and headers, then nothing.
    case stallAfterHead = "stall_after_head"
    /// Nothing more after `at` events.
    case stallMid = "stall_mid"
    /// A TCP reset when `at` bytes of the answer were sent.
    case reset
    /// The connection's end when `at` bytes of the answer were sent.
    case eof
    /// The error `status`, with `Retry-After` and the family's own error body.
    case status
    /// Usage on a chunk in the middle, with choices; all later chunks carry null.
    case usageEarly = "usage_early"
    /// The terminal event is missing; the body ends properly.
    case noDone = "no_done"
    /// Lines end with CR LF.
    case crlf
    /// Lines end with CR.
    case loneCR = "lone_cr"
    /// A comment line in front of each event.
    case comments
    /// The family's keep-alive in front of each event.
    case pings
    /// Each byte of the body is a chunk and a write of its own.
    case split
    /// Chunks end inside characters of more than one byte.
    case utf8Split = "utf8_split"
    /// A first chunk with `choices: []` and prompt_filter_results, as Azure's.
    case choicesEmpty = "choices_empty"
    /// The event in the middle holds 5 MB.
    case bigEvent = "big_event"
    /// An error event after `at` events, inside a 200, and the end.
    case errorEvent = "error_event"
    /// Everything is sent but the end of the body; the connection stays open.
    case holdOpen = "hold_open"
    /// A status line that is none.
    case badHead = "bad_head"
    /// A chunk size that is none after `at` events; the connection stays open.
    case badChunk = "bad_chunk"
    /// The stream has a Content-Length instead of chunks.
    case contentLengthStream = "content_length_stream"
    /// The stream ends with the connection, without any framing.
    case closeDelimited = "close_delimited"
    /// 401 whose body and headers repeat the credential that came.
    case echoKey = "echo_key"
    /// 307 to a location that repeats the credential that came.
    case redirect
}
