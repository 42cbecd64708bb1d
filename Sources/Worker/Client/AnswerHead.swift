import NIOCore
import NIOHTTP1

/// Writes the heads and the small whole answers that clients get, as bytes.
enum AnswerHead {
    /// Starts a head: the status line.
    static func begin(_ status: Int, into out: inout ByteBuffer) {
        out.writeStaticString("HTTP/1.1 ")
        out.writeString(String(status))
        out.writeStaticString(" ")
        out.writeString(HTTPResponseStatus(statusCode: status).reasonPhrase)
        out.writeStaticString("\r\n")
    }

    /// One field line.
    static func field(_ name: String, _ value: String, into out: inout ByteBuffer) {
        out.writeString(name)
        out.writeStaticString(": ")
        out.writeString(value)
        out.writeStaticString("\r\n")
    }

    /// Ends a head: whether the connection goes on, and the empty line.
    static func end(keepsAlive: Bool, minorVersion: Int, into out: inout ByteBuffer) {
        if !keepsAlive {
            out.writeStaticString("connection: close\r\n")
        } else if minorVersion == 0 {
            out.writeStaticString("connection: keep-alive\r\n")
        }
        out.writeStaticString("\r\n")
    }

    /// A whole answer with a JSON body.
    static func answer(
        _ status: Int, json body: [UInt8], withBody: Bool, keepsAlive: Bool, minorVersion: Int,
        retryAfter: Int? = nil, allow: StaticString? = nil
    ) -> ByteBuffer {
        var out = ByteBuffer()
        out.reserveCapacity(256 + body.count)
        begin(status, into: &out)
        out.writeStaticString("content-type: application/json\r\n")
        field("content-length", String(body.count), into: &out)
        if let retryAfter { field("retry-after", String(retryAfter), into: &out) }
        if let allow {
            out.writeStaticString("allow: ")
            out.writeStaticString(allow)
            out.writeStaticString("\r\n")
        }
        end(keepsAlive: keepsAlive, minorVersion: minorVersion, into: &out)
        if withBody { out.writeBytes(body) }
        return out
    }
}
