/// Reads little-endian integers, text and tagged fields from untrusted bytes.
///
/// Total: every read past the end throws `DecodingFailure.truncated`; nothing traps.
public struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    /// Bytes consumed so far.
    public private(set) var offset = 0

    /// A reader over bytes that must outlive it.
    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Bytes that are left.
    public var remaining: Int { bytes.count &- offset }

    /// The next integer in little-endian order.
    ///
    /// - Throws: `DecodingFailure.truncated` when too few bytes are left.
    public mutating func read<T: FixedWidthInteger>(
        _ type: T.Type = T.self
    ) throws(DecodingFailure) -> T {
        let size = MemoryLayout<T>.size
        guard remaining >= size else { throw .truncated }
        let value = bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
        offset &+= size
        return T(littleEndian: value)
    }

    /// The next bytes, still in the buffer they came in.
    ///
    /// - Throws: `DecodingFailure.truncated` when too few bytes are left.
    public mutating func read(count: Int) throws(DecodingFailure) -> UnsafeRawBufferPointer {
        guard count >= 0, remaining >= count else { throw .truncated }
        let slice = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset &+ count)])
        offset &+= count
        return slice
    }

    /// The next tagged field, or nil at the end.
    ///
    /// - Throws: `DecodingFailure.truncated` when the field's length passes the end.
    public mutating func nextField() throws(DecodingFailure) -> Field? {
        guard remaining > 0 else { return nil }
        let tag = try read(UInt8.self)
        let length = try read(UInt32.self)
        return Field(tag: tag, value: try read(count: Int(length)))
    }

    /// One tagged field of a message.
    public struct Field {
        /// What the field means; scoped to the message's type.
        public let tag: UInt8
        /// The field's bytes, valid as long as the message's buffer.
        public let value: UnsafeRawBufferPointer

        /// The value as an integer.
        ///
        /// - Throws: `DecodingFailure.malformed` when the length is another.
        public func integer<T: FixedWidthInteger>(
            _ type: T.Type = T.self
        ) throws(DecodingFailure) -> T {
            guard value.count == MemoryLayout<T>.size else { throw .malformed(tag: tag) }
            return T(littleEndian: value.loadUnaligned(as: T.self))
        }

        /// The value as text.
        ///
        /// - Parameter limit: the greatest length in bytes that is taken.
        /// - Throws: `DecodingFailure.malformed` when it is longer or not UTF-8.
        public func text(limit: Int = 1024) throws(DecodingFailure) -> String {
            guard value.count <= limit, let text = String(validating: value, as: UTF8.self) else {
                throw .malformed(tag: tag)
            }
            return text
        }
    }
}
