import Glibc
import Secrets

/// Fetches what a `SecretReference` stands for.
public struct SecretResolver: Sendable {
    private let variables: [String: String]
    private let inherited: [String: Secret]

    /// - Parameters:
    ///   - variables: the environment.
    ///   - inherited: secrets that a running gateway took from environment variables when it started, by
    ///     variable; they stand in for variables that a reload no longer sees.
    public init(variables: [String: String], inherited: [String: Secret] = [:]) {
        self.variables = variables
        self.inherited = inherited
    }

    /// How resolving ended. No text holds any part of the secret.
    public enum Resolution: Sendable {
        /// The secret, and what the operator should know of the way it is kept.
        case found(Secret, warning: String?)
        /// Why there is none.
        case missing(String)
    }

    /// The greatest secret, bytes.
    static let sizeMax = 64 * 1024

    /// Fetches the secret. Of a token one line end is cut off; the rest must be printable ASCII without
    /// spaces; in lines, spaces and line ends may be too. A private key must be PEM and not encrypted.
    public func resolve(
        _ reference: SecretReference, as form: SecretForm = .token
    ) -> Resolution {
        switch reference {
        case .environment(let name):
            if let value = variables[name] {
                return check(Array(value.utf8), form, what: "the variable", warning: nil)
            }
            if let secret = inherited[name] { return .found(secret, warning: nil) }
            return .missing(
                "the environment variable \(SecretShape.quoted(name, else: "")) is not set")
        case .credential(let name):
            guard let folder = variables["CREDENTIALS_DIRECTORY"], !folder.isEmpty else {
                return .missing(
                    "$CREDENTIALS_DIRECTORY is not set: systemd sets it for a unit with LoadCredential="
                )
            }
            return read("\(folder)/\(name)", form, what: "the credential", isCredential: true)
        case .file(let path):
            return read(path, form, what: "the file", isCredential: false)
        }
    }

    private func read(
        _ path: String, _ form: SecretForm, what: String, isCredential: Bool
    ) -> Resolution {
        let shown = SecretShape.quoted(path, else: "it names")
        let fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard fd >= 0 else {
            return .missing(
                "\(what) \(shown) cannot be opened (\(String(cString: strerror(errno))))")
        }
        defer { close(fd) }
        var information = stat()
        guard fstat(fd, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            return .missing("\(what) \(shown) is no regular file")
        }
        guard information.st_size <= Self.sizeMax else {
            return .missing("\(what) \(shown) is larger than \(Self.sizeMax) bytes")
        }
        var bytes = [UInt8](repeating: 0, count: Self.sizeMax)
        // What is left in ordinary memory would outlive the secret.
        defer {
            bytes.withUnsafeMutableBytes { bytes in
                if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
            }
        }
        var count = 0
        while count < bytes.count {
            let n = bytes.withUnsafeMutableBytes {
                Glibc.read(fd, $0.baseAddress.map { $0 + count }, $0.count - count)
            }
            if n < 0, errno == EINTR { continue }
            guard n >= 0 else { return .missing("\(what) \(shown) cannot be read") }
            if n == 0 { break }
            count += n
        }
        bytes.removeLast(bytes.count - count)
        // systemd's own credentials lie in a folder that only the service can enter.
        let open = !isCredential && information.st_mode & S_IROTH != 0
        return check(
            bytes, form, what: "\(what) \(shown)",
            warning: open ? "the file \(shown) can be read by every user: chmod 600 it" : nil)
    }

    private func check(
        _ bytes: [UInt8], _ form: SecretForm, what: String, warning: String?
    ) -> Resolution {
        if form == .privateKey { return checkPEM(bytes, what: what, warning: warning) }
        var content = bytes[...]
        if content.last == UInt8(ascii: "\n") { content = content.dropLast() }
        if content.last == UInt8(ascii: "\r") { content = content.dropLast() }
        guard !content.isEmpty else { return .missing("\(what) is empty") }
        let between: Set<UInt8> = form == .lines ? [0x20, 0x0a, 0x0d] : []
        guard content.allSatisfy({ (0x21...0x7e).contains($0) || between.contains($0) }) else {
            return .missing("\(what) holds a space, a line end or another byte that no key has")
        }
        return .found(Secret(copying: content), warning: warning)
    }

    /// Whether it is a key at all shows where it is used; what is said here is what is often mistaken.
    private func checkPEM(_ bytes: [UInt8], what: String, warning: String?) -> Resolution {
        func has(_ text: StaticString) -> Bool {
            text.withUTF8Buffer { !bytes.ranges(of: $0).isEmpty }
        }
        guard has("PRIVATE KEY-----") else { return .missing("\(what) holds no PEM private key") }
        guard !has("ENCRYPTED") else {
            return .missing("\(what) holds an encrypted key: nobody can be asked for a password")
        }
        return .found(Secret(copying: bytes), warning: warning)
    }
}
