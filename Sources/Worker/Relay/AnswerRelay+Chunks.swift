import NIOCore

// The framing of what is written to clients that get chunks (RFC 9112, 7.1).
extension AnswerRelay {
    /// A buffer with the size line of a chunk of so many bytes, where the client gets chunks.
    static func chunk(_ sink: Sink, capacity: Int) -> ByteBuffer {
        // Size line, CR LF behind the data, and the last chunk.
        var out = ByteBuffer()
        out.reserveCapacity(capacity + 32)
        guard sink == .chunked else { return out }
        var shift = (Int.bitWidth - capacity.leadingZeroBitCount + 3) / 4 * 4
        while shift > 0 {
            shift -= 4
            let digit = UInt8(truncatingIfNeeded: capacity >> shift & 15)
            out.writeInteger(
                digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
        out.writeStaticString("\r\n")
        return out
    }

    static func closeChunk(_ sink: Sink, _ out: inout ByteBuffer) {
        if sink == .chunked { out.writeStaticString("\r\n") }
    }
}
