/// Where a secret is: never in the configuration's text.
public enum SecretReference: Hashable, Sendable {
    /// A file of that name in `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential=`).
    case credential(String)
    /// An environment variable of the process that reads the configuration.
    case environment(String)
    /// A file at that absolute path.
    case file(String)
}

/// A reference with its place in the file, for the errors that resolving it can give.
public struct LocatedSecretReference: Hashable, Sendable {
    /// Where the secret is.
    public var reference: SecretReference
    /// The configuration's file, as it was named.
    public var file: String
    /// Place of the reference, from 1.
    public var line: Int
    public var column: Int
    /// Path of the key.
    public var key: String

    /// An error at the reference's place.
    public func problem(_ message: String) -> ConfigurationError {
        ConfigurationError(file: file, line: line, column: column, key: key, message: message)
    }
}
