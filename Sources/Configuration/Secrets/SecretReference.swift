/// Where a secret is: never in the configuration's text.
public enum SecretReference: Hashable, Sendable {
    /// A file of that name in `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential=`).
    case credential(String)
    /// An environment variable of the process that reads the configuration.
    case environment(String)
    /// A file at that absolute path.
    case file(String)
}

/// What a secret looks like.
public enum SecretForm: Sendable {
    /// A key in one line of printable ASCII.
    case token
    /// A private key in PEM, which is lines.
    case privateKey
    /// Text of several lines, which is judged where it is used.
    case lines
}

/// A reference with its place in the file, for the errors that resolving it can give.
public struct LocatedSecretReference: Hashable, Sendable {
    /// Where the secret is.
    public var reference: SecretReference
    public var form: SecretForm
    /// Where the reference stands.
    public var place: ConfigurationPlace

    /// An error at the reference's place.
    public func problem(_ message: String) -> ConfigurationError { place.problem(message) }
}
