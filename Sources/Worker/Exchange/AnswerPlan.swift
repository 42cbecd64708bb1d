import NIOCore
import Redaction
import Secrets
import Tokenization
import WireFormat

/// How a provider's answer is passed on, decided by its head.
struct AnswerPlan {
    let source: AnswerRelay.Source
    let sink: AnswerRelay.Sink
    let isEventStream: Bool
    /// There is no body.
    let isEmpty: Bool
    /// The body says what went wrong. It passes the redaction, which may change its length.
    let isError: Bool
    /// An error that cannot be looked at, since it is in a coding that was not asked for: it may quote a
    /// key, and is not passed on.
    let isUnreadableError: Bool
    private let hasBody: Bool

    /// - Parameter takesChunks: the client takes a body of unknown length in chunks.
    init(_ head: ResponseHead, takesChunks: Bool) {
        let encoding = head.first("content-encoding") ?? ""
        let type = (head.first("content-type") ?? "").lowercased()
        // A body in another coding cannot be looked at: it is passed on as bytes.
        let isReadable = encoding.isEmpty || encoding.lowercased() == "identity"
        let isSuccess = (200..<300).contains(head.status)
        isEventStream = isSuccess && type.hasPrefix("text/event-stream") && isReadable
        hasBody = head.framing != .none
        switch head.framing {
        case .none: source = .length(0)
        case .contentLength(let length): source = .length(length)
        case .chunked: source = .chunked
        case .untilClose: source = .untilClose
        }
        isEmpty = source == .length(0)
        isError = !isSuccess && !isEmpty
        isUnreadableError = isError && !isReadable
        switch source {
        case .length where isEmpty || !(isEventStream || isError): sink = .length
        case .length, .chunked, .untilClose:
            sink = takesChunks ? .chunked : .untilClose
        }
    }

    /// The relay of the body.
    ///
    /// - Parameter own: the credential of the client's own that was passed through, if one was.
    func relay(
        dialect: Dialect, hidesUsage: Bool, plan: CountPlan, known: KnownSecrets, own: Secret?
    ) -> AnswerRelay {
        AnswerRelay(
            source: source, sink: sink, dialect: dialect, isEventStream: isEventStream,
            hidesUsage: hidesUsage, encoding: plan.encoding, trustsReport: plan.isExact,
            isError: isError, known: known, own: own)
    }

    /// Fields that end at this gateway, that it writes itself, or that could hold a credential of its
    /// own. `alt-svc` would send clients past it; cookies are the provider's with the gateway.
    private static let withheld: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
        "upgrade", "content-length", "proxy-authenticate", "proxy-authorization", "authorization",
        "x-api-key", "api-key", "x-goog-api-key", "set-cookie", "alt-svc",
    ]

    /// Writes the head for a client that speaks HTTP/1.
    func writeHead(
        _ head: ResponseHead, withholding known: KnownSecrets, _ own: Secret?, keepsAlive: Bool,
        minorVersion: Int, into out: inout ByteBuffer
    ) {
        out.reserveCapacity(1024)
        AnswerHead.begin(head.status, into: &out)
        for field in fields(of: head, withholding: known, own) {
            AnswerHead.field(field.name, field.value, into: &out)
        }
        if isEventStream {
            out.writeStaticString("cache-control: no-cache\r\nx-accel-buffering: no\r\n")
        }
        if let length = announcedLength {
            AnswerHead.field("content-length", String(length), into: &out)
        } else if sink == .chunked {
            out.writeStaticString("transfer-encoding: chunked\r\n")
        }
        AnswerHead.end(keepsAlive: keepsAlive, minorVersion: minorVersion, into: &out)
    }

    /// The fields that the client gets, without any that quotes a secret: a key of this gateway or of
    /// its clients, or the client's own credential that was passed through.
    func fields(
        of head: ResponseHead, withholding known: KnownSecrets, _ own: Secret?
    ) -> [ResponseHead.Field] {
        head.fields.filter { field in
            let name = field.name.lowercased()
            guard !Self.withheld.contains(name), !head.nominated.contains(name) else {
                return false
            }
            if isEventStream, name == "cache-control" || name == "x-accel-buffering" {
                return false
            }
            if known.occurs(in: field.value) || known.occurs(in: field.name) { return false }
            return own.map { !Self.quotes($0, field.value) } ?? true
        }
    }

    /// The body's length, where the client is told of it.
    var announcedLength: UInt64? {
        guard hasBody, sink == .length, case .length(let length) = source else { return nil }
        return length
    }

    /// Whether the text contains the credential.
    static func quotes(_ credential: Secret, _ text: String) -> Bool {
        guard credential.count > 0, text.utf8.count >= credential.count else { return false }
        let bytes = Array(text.utf8)
        return credential.withBytes { credential in
            (0...(bytes.count - credential.count)).contains { start in
                bytes[start..<(start + credential.count)].elementsEqual(credential)
            }
        }
    }
}
