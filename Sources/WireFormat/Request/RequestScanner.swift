/// What a request says at its top level.
public struct RequestFacts: Equatable, Sendable {
    /// The model; nil where there is none.
    public internal(set) var model: String?
    /// `stream` is true.
    public internal(set) var isStream = false
    /// `stream_options.include_usage` is true: the client itself asked for the usage chunk.
    public internal(set) var includesUsage = false

    // Where an edit changes the body: offsets in it.

    /// The opening brace of the body, and whether it has any member.
    var rootStart = 0
    var hasMembers = false
    /// The model's string with its quotes.
    var modelValue: Range<Int>?
    /// The value of `stream_options`, whether it is an object (else null), and whether that has members.
    var optionsValue: Range<Int>?
    var optionsStart = 0
    var optionsIsObject = false
    var optionsHasMembers = false
    /// The value of `include_usage`.
    var includeUsageValue: Range<Int>?
}

/// Reads a client's request body: all of it has to be JSON (RFC 8259), an object at the top, so that
/// no provider can read another request in it than this gateway did.
public enum RequestScanner {
    /// Levels of arrays and objects that are taken.
    public static let depthMax = 512
    /// Bytes that the model's name may have.
    public static let modelMax = 256

    /// A top-level key that the gateway acts on.
    public enum Key: Equatable, Sendable {
        case model
        case stream
        case streamOptions
        /// `include_usage` within `stream_options`.
        case includeUsage
    }

    /// Why a body is refused. Offsets are in bytes from its start.
    public enum Failure: Error, Equatable, Sendable {
        /// Not JSON, or not UTF-8, from here on.
        case malformed(offset: Int)
        /// More than `depthMax` levels.
        case tooDeep(offset: Int)
        /// JSON, but no object.
        case notAnObject
        /// The key is there twice: the provider might go by the other one.
        case duplicate(Key, offset: Int)
        /// The key's value is of a type that it cannot have.
        case wrongType(Key, offset: Int)
        /// The model's name has more than `modelMax` bytes.
        case modelTooLong
    }

    /// Reads the body.
    ///
    /// - Throws: `Failure`.
    public static func scan<Visitor: PromptVisitor>(
        _ body: UnsafeRawBufferPointer, _ visitor: inout Visitor
    ) throws(Failure) -> RequestFacts {
        var reader = RequestReader(body)
        return try reader.read(&visitor)
    }
}
