/// The first few integer fields of a message, looked up by tag. Later ones of the same tag win.
struct IntegerFields {
    private static let tagMax = 8
    private var slots: [ByteReader.Field?] = Array(repeating: nil, count: tagMax + 1)

    /// - Throws: `DecodingFailure.truncated` when a field passes the end.
    init(_ bytes: UnsafeRawBufferPointer) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        while let field = try reader.nextField() {
            if Int(field.tag) <= Self.tagMax { slots[Int(field.tag)] = field }
        }
    }

    /// The field's value; nil where an older version wrote none.
    ///
    /// - Throws: `DecodingFailure.malformed`.
    func find<T: FixedWidthInteger>(
        _ tag: UInt8, _ type: T.Type = T.self
    ) throws(DecodingFailure) -> T? {
        guard Int(tag) <= Self.tagMax, let field = slots[Int(tag)] else { return nil }
        return try field.integer()
    }

    /// - Throws: `DecodingFailure.missing` or `.malformed`.
    func require<T: FixedWidthInteger>(
        _ tag: UInt8, _ type: T.Type = T.self
    ) throws(DecodingFailure) -> T {
        guard Int(tag) <= Self.tagMax, let field = slots[Int(tag)] else { throw .missing(tag: tag) }
        return try field.integer()
    }
}
