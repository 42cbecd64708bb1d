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

    init(_ head: ResponseHead, request: AcceptedRequest) {
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
            sink = request.minorVersion == 0 ? .untilClose : .chunked
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

    /// Writes the head for the client, without any field that quotes a secret: a key of this gateway or
    /// of its clients, or the client's own credential that was passed through.
    func writeHead(
        _ head: ResponseHead, withholding known: KnownSecrets, _ own: Secret?, keepsAlive: Bool,
        minorVersion: Int, into out: inout ByteBuffer
    ) {
        out.reserveCapacity(1024)
        AnswerHead.begin(head.status, into: &out)
        for field in head.fields {
            let name = field.name.lowercased()
            guard !Self.withheld.contains(name), !head.nominated.contains(name) else { continue }
            if isEventStream, name == "cache-control" || name == "x-accel-buffering" { continue }
            if known.occurs(in: field.value) || known.occurs(in: field.name) { continue }
            if let own, Self.quotes(own, field.value) { continue }
            AnswerHead.field(field.name, field.value, into: &out)
        }
        if isEventStream {
            out.writeStaticString("cache-control: no-cache\r\nx-accel-buffering: no\r\n")
        }
        switch (source, sink) {
        case (.length(let length), .length) where hasBody:
            AnswerHead.field("content-length", String(length), into: &out)
        case (_, .chunked): out.writeStaticString("transfer-encoding: chunked\r\n")
        default: break
        }
        AnswerHead.end(keepsAlive: keepsAlive, minorVersion: minorVersion, into: &out)
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
