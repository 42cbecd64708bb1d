/// Finds the frames in the bytes of an HTTP/2 connection (RFC 9113, 4.1), however they are cut. Total:
/// any bytes are frames of some kind.
struct FrameScanner: Sendable {
    /// One frame, known once its header is.
    struct Frame: Equatable, Sendable {
        let type: UInt8
        let flags: UInt8
        let stream: Int
        /// Bytes behind the header.
        let length: Int
        /// Just behind its last byte, counted from the connection's first.
        let end: UInt64

        /// Whether the flag of DATA and HEADERS is set that ends the stream.
        var endsStream: Bool { flags & 0x1 != 0 }
    }

    /// Types of frames (RFC 9113, 6).
    enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let goAway: UInt8 = 7
        static let continuation: UInt8 = 9
    }

    static let headerSize = 9
    /// What a client's side begins with (RFC 9113, 3.4).
    static let prefaceSize = 24
    private static let endHeaders: UInt8 = 0x4

    private var position: UInt64 = 0
    /// Of a header that is cut, what has come; most significant byte first.
    private var head: (first: UInt64, last: UInt8) = (0, 0)
    private var headCount = 0
    /// Bytes of the present frame that have not come.
    private var left: Int
    /// The header fields of some stream have begun, and their end has not come.
    private var isWithinFields = false
    private var type: UInt8 = 0xff

    /// - Parameter skipped: bytes in front of the first frame.
    init(skipping skipped: Int = 0) { left = skipped }

    /// Header fields have begun to arrive and are not whole.
    var isHeadPending: Bool {
        isWithinFields || (left > 0 && (type == Kind.headers || type == Kind.continuation))
    }

    /// Takes what comes next; tells of each frame as soon as its header is whole.
    mutating func scan(_ bytes: UnsafeRawBufferPointer, _ found: (Frame) -> Void) {
        var index = 0
        while index < bytes.count {
            if left > 0 {
                let taken = min(left, bytes.count &- index)
                left &-= taken
                index &+= taken
                position &+= UInt64(taken)
                continue
            }
            if headCount < 8 {
                head.first = head.first << 8 | UInt64(bytes[index])
            } else {
                head.last = bytes[index]
            }
            headCount &+= 1
            index &+= 1
            position &+= 1
            if headCount == Self.headerSize { found(begin()) }
        }
    }

    private mutating func begin() -> Frame {
        headCount = 0
        let length = Int(head.first >> 40)
        type = UInt8(truncatingIfNeeded: head.first >> 32)
        let flags = UInt8(truncatingIfNeeded: head.first >> 24)
        // The first bit of the stream's number is reserved.
        let stream = Int(head.first & 0x7f_ffff) << 8 | Int(head.last)
        if type == Kind.headers || type == Kind.continuation {
            isWithinFields = flags & Self.endHeaders == 0
        }
        left = length
        head = (0, 0)
        return Frame(
            type: type, flags: flags, stream: stream, length: length,
            end: position &+ UInt64(length))
    }
}
