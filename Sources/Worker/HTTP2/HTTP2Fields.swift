import NIOCore
import NIOHPACK
import NIOHTTP1
import Redaction
import Secrets
import WireFormat

/// Header fields between HTTP/2 and the rest of the worker, which knows those of HTTP/1.1.
enum HTTP2Fields {
    /// The head of a request; nil for one that another server could read differently. What the HTTP/2
    /// library has passed has its pseudo-fields, and no field that is about a connection of HTTP/1
    /// (RFC 9113, 8.2.2 and 8.3).
    static func request(_ fields: HPACKHeaders) -> HTTPRequestHead? {
        var method = ""
        var path = ""
        var authority: String?
        var headers = HTTPHeaders()
        headers.reserveCapacity(fields.count)
        for (name, value, _) in fields {
            guard isText(value) else { return nil }
            switch name {
            case ":method": method = value
            case ":path": path = value
            case ":authority": authority = value
            case ":scheme": continue
            default: headers.add(name: name, value: value)
            }
        }
        // They go into a request line of HTTP/1.1.
        guard isVisible(method), isVisible(path) else { return nil }
        if let authority { headers.replaceOrAdd(name: "host", value: authority) }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: path, headers: headers)
    }

    /// The head of a provider's answer.
    static func answer(
        _ head: ResponseHead, _ plan: AnswerPlan, withholding known: KnownSecrets, _ own: Secret?
    ) -> HPACKHeaders {
        var fields = HPACKHeaders()
        fields.add(name: ":status", value: String(head.status))
        var size = 0
        for field in plan.fields(of: head, withholding: known, own) {
            size += compressedMost(field.name) + compressedMost(field.value) + 8
            guard size <= HTTP2Limits.answerFieldBytes else { break }
            fields.add(name: field.name.lowercased(), value: field.value, indexing: .indexable)
        }
        if plan.isEventStream {
            fields.add(name: "cache-control", value: "no-cache")
            fields.add(name: "x-accel-buffering", value: "no")
        }
        if let length = plan.announcedLength {
            fields.add(name: "content-length", value: String(length))
        }
        return fields
    }

    /// The head of an answer of the gateway's own.
    static func own(_ status: Int, length: Int, error: GatewayError? = nil) -> HPACKHeaders {
        var fields = HPACKHeaders()
        fields.add(name: ":status", value: String(status))
        fields.add(name: "content-type", value: "application/json")
        fields.add(name: "content-length", value: String(length))
        if let retryAfter = error?.retryAfter {
            fields.add(name: "retry-after", value: String(retryAfter))
        }
        if error == .wrongMethod { fields.add(name: "allow", value: "POST") }
        return fields
    }

    /// The most bytes that a text takes with the code of RFC 7541, Appendix B.
    private static func compressedMost(_ text: String) -> Int {
        text.utf8.reduce(0) { size, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: size + 1
            case _ where " %&*,-./:;=_".utf8.contains(byte): size + 1
            case 0x5c: size + 3
            case 0x21...0x7e: size + 2
            default: size + 4
            }
        }
    }

    /// Printable ASCII without white space.
    private static func isVisible(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    /// No control bytes but the tab.
    private static func isText(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7f) || $0 == 0x09 }
    }
}
