import Configuration
import IPC
import NIOCore
import NIOHTTP1
import Redaction

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

    /// Fields that end at this gateway (RFC 9110 §7.6.1), that it writes itself, or that say who the
    /// client is. Small letters.
    static let withheld: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
        "upgrade", "proxy-authorization", "proxy-authenticate", "host", "content-length",
        "accept-encoding", "expect", "authorization", "x-api-key", "api-key", "x-goog-api-key",
        "cookie", "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
        "x-real-ip", "http2-settings",
    ]

    /// The head, with the provider's key written straight from its secret.
    func head(for target: ProviderTarget) -> ByteBuffer {
        var out = ByteBuffer()
        out.reserveCapacity(1024)
        out.writeStaticString("POST ")
        out.writeString(target.path(of: endpoint))
        out.writeString(query)
        out.writeStaticString(" HTTP/1.1\r\n")
        AnswerHead.field("host", target.authority, into: &out)
        writeCredential(for: target, into: &out)
        let nominated = Self.nominated(by: headers)
        var hasContentType = false
        for (name, value) in headers {
            let lowered = name.lowercased()
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
        out.writeStaticString("\r\n")
        return out
    }

    private func writeCredential(for target: ProviderTarget, into out: inout ByteBuffer) {
        let isAnthropic = target.provider.family == .anthropic
        if let credential {
            let asKey = isAnthropic && credential.form == .apiKey
            Self.write(credential.secret, asKey: asKey, into: &out)
        } else if let key = target.key {
            Self.write(key, asKey: isAnthropic, into: &out)
        }
    }

    private static func write(_ secret: Secret, asKey: Bool, into out: inout ByteBuffer) {
        out.writeStaticString(asKey ? "x-api-key: " : "authorization: Bearer ")
        secret.withBytes { _ = out.writeBytes($0) }
        out.writeStaticString("\r\n")
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
