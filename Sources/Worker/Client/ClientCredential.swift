import NIOHTTP1
import Secrets

/// What a client showed to be let in. Taken out of the request's head at once, so that no later code
/// can print it.
struct ClientCredential: Sendable {
    /// How the client sent it, which is how it is passed on in `passthrough` mode.
    enum Form: Equatable, Sendable {
        case bearer
        case apiKey
    }

    let form: Form
    let secret: Secret

    /// Removes every credential from the fields.
    ///
    /// - Returns: the only one there was; nil for none, for several, and for schemes other than Bearer.
    static func take(from headers: inout HTTPHeaders) -> ClientCredential? {
        var found: [ClientCredential] = []
        for value in headers["authorization"] {
            guard let separator = value.utf8.firstIndex(of: UInt8(ascii: " ")) else { continue }
            guard value.utf8[..<separator].elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 })
            else { continue }
            let token = value.utf8[separator...].drop { $0 == UInt8(ascii: " ") }
            found.append(ClientCredential(form: .bearer, secret: Secret(copying: token)))
        }
        for value in headers["x-api-key"] {
            found.append(ClientCredential(form: .apiKey, secret: Secret(copying: value.utf8)))
        }
        headers.remove(name: "authorization")
        headers.remove(name: "x-api-key")
        guard let first = found.first, first.secret.count > 0 else { return nil }
        // The same key in both fields is one credential; different ones leave open which one counts.
        let agree = found.dropFirst().allSatisfy { other in
            other.secret.withBytes { first.secret.isEqual(to: $0) }
        }
        return agree ? first : nil
    }
}
