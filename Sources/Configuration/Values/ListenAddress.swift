import Glibc

/// An address to listen on: an IP address with a port, or a Unix socket's path.
public enum ListenAddress: Hashable, Sendable {
    case ipv4(String, port: UInt16)
    /// Without the brackets.
    case ipv6(String, port: UInt16)
    /// Absolute path.
    case unix(path: String)

    /// Why a text is no address.
    public struct Failure: Error, Equatable, Sendable {
        /// What is wrong.
        public var message: String
        /// The address that may have been meant.
        public var suggestion: String?
    }

    /// The greatest path of a Unix socket, bytes: sun_path without its closing zero.
    static let pathMax = 107

    /// Reads `127.0.0.1:8080`, `[::1]:8080` or `unix:/path`. Port 0 lets the kernel choose.
    ///
    /// - Throws: `Failure`.
    public init(parsing text: String) throws(Failure) {
        if text.hasPrefix("unix:") {
            self = try Self.unixSocket(String(text.dropFirst(5)))
            return
        }
        guard let colon = text.lastIndex(of: ":") else {
            throw Failure(
                message: "is no address",
                suggestion: text.allSatisfy(\.isNumber) && !text.isEmpty
                    ? "write `127.0.0.1:\(text)`" : "write `ADDRESS:PORT` or `unix:/PATH`")
        }
        let host = String(text[..<colon])
        let portText = text[text.index(after: colon)...]
        guard !portText.isEmpty, portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(portText)
        else {
            throw Failure(message: "has no port from 0 to 65535", suggestion: nil)
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let inner = String(host.dropFirst().dropLast())
            guard Self.isAddress(inner, AF_INET6) else {
                throw Failure(message: "has no IPv6 address between the brackets", suggestion: nil)
            }
            self = .ipv6(inner, port: port)
        } else if Self.isAddress(host, AF_INET) {
            self = .ipv4(host, port: port)
        } else {
            throw Self.refusal(host: host, port: port)
        }
    }

    private static func unixSocket(_ path: String) throws(Failure) -> ListenAddress {
        guard path.hasPrefix("/"), path.utf8.count > 1, !path.utf8.contains(0) else {
            throw Failure(message: "needs an absolute path after `unix:`", suggestion: nil)
        }
        guard path.utf8.count <= pathMax else {
            throw Failure(
                message: "has a path longer than the \(pathMax) bytes that a socket's can have",
                suggestion: nil)
        }
        return .unix(path: path)
    }

    private static func refusal(host: String, port: UInt16) -> Failure {
        switch host {
        case "localhost", "":
            Failure(
                message: "has no IP address before the port",
                suggestion: "write `127.0.0.1:\(port)`")
        case "*":
            Failure(
                message: "has no IP address before the port", suggestion: "write `0.0.0.0:\(port)`")
        case _ where isAddress(host, AF_INET6):
            Failure(
                message: "has an IPv6 address without brackets",
                suggestion: "write `[\(host)]:\(port)`")
        default:
            Failure(
                message: "has no IP address before the port",
                suggestion: "names are not resolved: write the address itself")
        }
    }

    private static func isAddress(_ text: String, _ family: Int32) -> Bool {
        var bytes = in6_addr()
        return inet_pton(family, text, &bytes) == 1
    }

    /// Whether only this machine can connect.
    public var isLocal: Bool {
        switch self {
        case .ipv4(let address, _): address.hasPrefix("127.")
        case .ipv6(let address, _): address == "::1"
        case .unix: true
        }
    }

    /// Whether the kernel chooses the port.
    var isEphemeral: Bool {
        switch self {
        case .ipv4(_, let port), .ipv6(_, let port): port == 0
        case .unix: false
        }
    }
}

extension ListenAddress: CustomStringConvertible {
    /// The form that `init(parsing:)` reads.
    public var description: String {
        switch self {
        case .ipv4(let address, let port): "\(address):\(port)"
        case .ipv6(let address, let port): "[\(address)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
