/// Why bytes from another process were not taken.
public enum DecodingFailure: Error, Equatable, Sendable {
    /// The message ends before its own length says.
    case truncated
    /// A frame announces more bytes than any message of this product has.
    case tooLong(length: UInt32)
    /// The message's format is newer (or older) than this process reads.
    case unknownVersion(UInt8)
    /// The message's type is not one of this format.
    case unknownType(UInt8)
    /// A field has a length or a value that its tag does not allow.
    case malformed(tag: UInt8)
    /// A field that the message cannot do without is not there.
    case missing(tag: UInt8)
}
