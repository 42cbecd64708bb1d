import Configuration
import IPC
import NIOCore
import NIOHTTP1
import Secrets

/// The request as the provider gets it, ready to be sent, and sent again on the one retry.
struct ProviderRequest {
    let endpoint: Endpoint
    /// The client's query with its question mark, or empty.
    let query: String
    /// The client's fields; every credential was taken out of them before.
    let headers: HTTPHeaders
    /// The client's own credential, where the provider is to get that one.
    let credential: ClientCredential?
    let body: ByteBuffer
    #if FaultInjection
        /// What the request asks of the worker itself.
        var fault: FaultInjector?
    #endif

    /// Fields that end at this gateway (RFC 9110 §7.6.1), that it writes itself, or that say who the
    /// client is. Small letters.
    static let withheld: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
        "upgrade", "proxy-authorization", "proxy-authenticate", "host", "content-length",
        "accept-encoding", "expect", "authorization", "x-api-key", "api-key", "x-goog-api-key",
        "cookie", "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
        "x-real-ip", "http2-settings",
    ]

    /// In builds for the tests: what the client asks of the worker itself.
    mutating func takeFault(from request: IncomingRequest) {
        #if FaultInjection
            fault = request.headers.first(name: FaultInjector.field).map {
                FaultInjector(fault: $0, credential: request.credential.secret)
            }
        #endif
    }

    /// The head but for the line of the credential and the blank line.
    func head(for target: ProviderTarget) -> ByteBuffer {
        var out = ByteBuffer()
        out.reserveCapacity(1024)
        out.writeStaticString("POST ")
        out.writeString(target.path(of: endpoint))
        out.writeString(query)
        out.writeStaticString(" HTTP/1.1\r\n")
        AnswerHead.field("host", target.authority, into: &out)
        let nominated = Self.nominated(by: headers)
        var hasContentType = false
        for (name, value) in headers {
            let lowered = name.lowercased()
            #if FaultInjection
                if lowered == FaultInjector.field { continue }
            #endif
            guard !Self.withheld.contains(lowered), !nominated.contains(lowered) else { continue }
            hasContentType = hasContentType || lowered == "content-type"
            AnswerHead.field(lowered, value, into: &out)
        }
        if !hasContentType { out.writeStaticString("content-type: application/json\r\n") }
        if target.provider.family == .anthropic, !headers.contains(name: "anthropic-version") {
            out.writeStaticString("anthropic-version: 2023-06-01\r\n")
        }
        // The answer is read in passing, so it must not be compressed.
        out.writeStaticString("accept-encoding: identity\r\n")
        AnswerHead.field("content-length", String(body.readableBytes), into: &out)
        return out
    }

    /// The last line of the head, with the key written straight from its secret, and the blank line. In a
    /// buffer of its own that never grows, so that no copy of the key is left where nobody knows of it.
    func headEnd(for target: ProviderTarget) -> ByteBuffer {
        let isAnthropic = target.provider.family == .anthropic
        let asKey = isAnthropic && (credential.map { $0.form == .apiKey } ?? true)
        guard let secret = credential?.secret ?? target.key else {
            return ByteBuffer(string: "\r\n")
        }
        let name: StaticString = asKey ? "x-api-key: " : "authorization: Bearer "
        var out = ByteBufferAllocator().buffer(
            capacity: name.utf8CodeUnitCount + secret.count + 4)
        out.writeStaticString(name)
        secret.withBytes { _ = out.writeBytes($0) }
        out.writeStaticString("\r\n\r\n")
        return out
    }

    /// The names in `Connection`, small letters.
    static func nominated(by headers: HTTPHeaders) -> Set<String> {
        let values = headers["connection"]
        guard !values.isEmpty else { return [] }
        let names = values.flatMap { $0.split(separator: ",") }
        return Set(names.map { $0.trimmingHTTPSpace().lowercased() })
    }
}

extension StringProtocol {
    /// Without the spaces and tabs around it.
    func trimmingHTTPSpace() -> String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        let start = drop(while: isSpace)
        return String(start.reversed().drop(while: isSpace).reversed())
    }
}
