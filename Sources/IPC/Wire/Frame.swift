/// The envelope of every message between two of our processes, on a stream or in a packet.
///
/// `length: u32` (of what follows), `version: u8`, `type: u8`, then tagged fields. All little-endian.
public enum Frame {
    /// The format that this build writes. A reader takes this one and refuses others.
    public static let version: UInt8 = 1
    /// The greatest `length` that is taken. A record is some hundred bytes; names are bounded.
    public static let lengthMax: UInt32 = 64 * 1024
    /// Bytes of the length word.
    static let headerSize = 4

    /// Encodes one frame around the fields that the closure writes.
    package static func encode(
        type: UInt8, into writer: inout ByteWriter, _ fields: (inout ByteWriter) -> Void
    ) {
        let start = writer.bytes.count
        writer.append(UInt32(0))
        writer.append(version)
        writer.append(type)
        fields(&writer)
        writer.patch(
            UInt32(truncatingIfNeeded: writer.bytes.count &- start &- headerSize), at: start)
    }

    /// What the first bytes of a stream hold.
    package enum Split {
        /// A whole frame: its type, its fields, and the bytes it takes with its header.
        case frame(type: UInt8, fields: UnsafeRawBufferPointer, size: Int)
        /// A frame whose version is not ours, and its size, so that the next one can be found.
        case foreign(version: UInt8, size: Int)
        /// More bytes are needed.
        case incomplete
    }

    /// Splits the first frame off the bytes.
    ///
    /// - Throws: `DecodingFailure.tooLong` or `.truncated` when the length word cannot be true; the
    ///   stream cannot be read on from there.
    package static func split(_ bytes: UnsafeRawBufferPointer) throws(DecodingFailure) -> Split {
        var reader = ByteReader(bytes)
        guard reader.remaining >= headerSize else { return .incomplete }
        let length = try reader.read(UInt32.self)
        guard length <= lengthMax else { throw .tooLong(length: length) }
        guard length >= 2 else { throw .truncated }
        guard reader.remaining >= Int(length) else { return .incomplete }
        var body = ByteReader(try reader.read(count: Int(length)))
        let version = try body.read(UInt8.self)
        guard version == Frame.version else {
            return .foreign(version: version, size: reader.offset)
        }
        let type = try body.read(UInt8.self)
        return .frame(type: type, fields: try body.read(count: body.remaining), size: reader.offset)
    }
}
