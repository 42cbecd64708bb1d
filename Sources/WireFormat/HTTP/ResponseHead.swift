/// The head of an HTTP/1.1 response (RFC 9112 §4, §5), parsed strictly.
public struct ResponseHead: Equatable, Sendable {
    /// Why bytes are no head that can be relayed safely.
    public enum Failure: Error, Equatable, Sendable {
        /// The head has more bytes than the limit.
        case tooLarge
        /// The status line is not `HTTP/1.x SSS reason`.
        case badStatusLine
        /// A line does not end in CR LF.
        case badLineEnd
        /// A field's name is empty, is no token, or has white space before its colon.
        case badFieldName
        /// A field's value has a control byte.
        case badFieldValue
        /// A field goes on over a second line (obs-fold).
        case foldedField
        /// `Content-Length` is no decimal number below 2^63, or is given twice with different values.
        case badContentLength
        /// Both `Transfer-Encoding` and `Content-Length`: the end of the body is a matter of opinion.
        case ambiguousLength
        /// `Transfer-Encoding` is other than exactly `chunked`, or in a response of HTTP/1.0.
        case unsupportedTransferCoding
    }

    /// One field line.
    public struct Field: Equatable, Sendable {
        /// The name as it came; compare without regard to case.
        public let name: String
        /// The value without the white space around it. Bytes that are not UTF-8 are read as ISO 8859-1.
        public let value: String
    }

    /// How the body's end is found (RFC 9112 §6.3).
    public enum Framing: Equatable, Sendable {
        /// No body: 1xx, 204, 304.
        case none
        case contentLength(UInt64)
        case chunked
        /// The body ends with the connection.
        case untilClose
    }

    /// 100 to 599. The caller skips 1xx heads, and refuses 101.
    public let status: Int
    /// 0 or 1: of HTTP/1.0 or HTTP/1.1.
    public let minorVersion: Int
    /// All field lines in order.
    public let fields: [Field]
    public let framing: Framing
    /// Whether the connection can be used again once the body is through.
    public let keepsAlive: Bool
    /// Names that `Connection` nominates, small letters: not to be relayed (RFC 9110 §7.6.1).
    public let nominated: [String]
    /// Bytes that the head took, its empty line included.
    public let size: Int

    /// The value of the first field of that name, which is given in small letters.
    public func first(_ name: String) -> String? {
        fields.first { field in
            field.name.utf8.count == name.utf8.count
                && zip(field.name.utf8, name.utf8).allSatisfy { $0.lowercased == $1 }
        }?.value
    }

    /// Reads the head at the start of the bytes. Nil: it is not whole yet (and not too large yet).
    ///
    /// - Parameter limit: the greatest size that is taken, bytes.
    /// - Throws: `Failure`.
    public static func parse(
        _ bytes: UnsafeRawBufferPointer, limit: Int = 64 * 1024
    ) throws(Failure) -> ResponseHead? {
        var reader = ResponseHeadReader(bytes, limit: limit)
        return try reader.read()
    }
}
