import Glibc

/// Where a provider is: scheme, host, port and the path in front of every endpoint's.
public struct BaseURL: Equatable, Sendable {
    public var usesTLS: Bool
    /// A DNS name or an address, without brackets.
    public var host: String
    public var port: Int
    /// Without a slash at the end; empty for none.
    public var path: String

    /// Why a text is no such URL. No text of the URL is in it: it could hold a credential.
    public struct Failure: Error, Equatable, Sendable {
        /// What is wrong.
        public var message: String
        /// What may have been meant.
        public var suggestion: String?
    }

    /// Reads an absolute `http` or `https` URL with a host, and nothing but a port and a path behind it.
    ///
    /// - Throws: `Failure`.
    public init(parsing text: String) throws(Failure) {
        var rest: Substring
        if text.hasPrefix("https://") {
            usesTLS = true
            rest = text.dropFirst(8)
        } else if text.hasPrefix("http://") {
            usesTLS = false
            rest = text.dropFirst(7)
        } else {
            throw Failure(
                message: "is no http or https URL", suggestion: "write `https://HOST/v1`")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Failure(message: "has a character that no URL has", suggestion: nil)
        }
        guard !rest.contains("?") else {
            throw Failure(message: "must have no query", suggestion: nil)
        }
        guard !rest.contains("#") else {
            throw Failure(message: "must have no fragment", suggestion: nil)
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        guard !authority.contains("@") else {
            throw Failure(
                message: "must have no user name or password",
                suggestion: "give the key with `api_key:`")
        }
        path = String(rest[slash...])
        while path.hasSuffix("/") { path.removeLast() }
        (host, port) = try Self.split(authority, defaultPort: usesTLS ? 443 : 80)
    }

    private static func split(
        _ authority: Substring, defaultPort: Int
    ) throws(Failure) -> (host: String, port: Int) {
        var host = authority
        var port = defaultPort
        let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
        if let colon = authority[bracket...].lastIndex(of: ":") {
            host = authority[..<colon]
            let digits = authority[authority.index(after: colon)...]
            guard let number = UInt16(digits), number > 0, !digits.hasPrefix("+") else {
                throw Failure(
                    message: "has no port from 1 to 65535 after the colon", suggestion: nil)
            }
            port = Int(number)
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let inner = String(host.dropFirst().dropLast())
            var bytes = in6_addr()
            guard inet_pton(AF_INET6, inner, &bytes) == 1 else {
                throw Failure(
                    message: "has no IPv6 address between the brackets", suggestion: nil)
            }
            return (inner, port)
        }
        let isName = host.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
        }
        guard isName, !host.isEmpty, host.utf8.count <= 253, !host.hasPrefix("."),
            !host.contains("..")
        else {
            throw Failure(message: "has no host name", suggestion: nil)
        }
        return (String(host), port)
    }

    /// Whether the host is this machine by its name or address.
    public var isLoopback: Bool {
        var address = in_addr()
        if inet_pton(AF_INET, host, &address) == 1 { return host.hasPrefix("127.") }
        return host == "::1" || host.lowercased() == "localhost"
    }
}
