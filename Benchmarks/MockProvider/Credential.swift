import CLibcrypto
import NIOHTTP1

/// Which credential a request carried; the value itself goes nowhere but into an echo that was asked for.
struct Credential {
    /// Headers that are never logged.
    static let names: Set<String> = [
        "authorization", "x-api-key", "api-key", "proxy-authorization", "cookie",
    ]

    /// `bearer`, `x-api-key` or `none`.
    let kind: String
    private let value: String

    init(_ headers: HTTPHeaders) {
        if let key = headers.first(name: "x-api-key") {
            kind = "x-api-key"
            value = key
        } else if let authorization = headers.first(name: "authorization") {
            kind = authorization.lowercased().hasPrefix("bearer ") ? "bearer" : "other"
            value = kind == "bearer" ? String(authorization.dropFirst(7)) : authorization
        } else {
            kind = "none"
            value = ""
        }
    }

    /// The credential where the directives ask for an echo of it; else nothing, so that answers can be kept.
    func echo(for directives: String) -> String {
        directives.contains("echo_key") || directives.contains("redirect") ? value : ""
    }

    /// Lower-case hex of the key's SHA-256, empty where there is none.
    var sha256: String {
        guard !value.isEmpty else { return "" }
        var digest = [UInt8](repeating: 0, count: 32)
        let bytes = Array(value.utf8)
        _ = SHA256(bytes, bytes.count, &digest)
        return digest.map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0" + text : text
        }.joined()
    }
}
