/// Where a value stands in a configuration, for errors that are found after the file was read.
public struct ConfigurationPlace: Hashable, Sendable {
    /// The configuration's file, as it was named.
    public var file: String
    /// From 1.
    public var line: Int
    public var column: Int
    /// Path of the key.
    public var key: String

    /// An error at this place.
    public func problem(_ message: String) -> ConfigurationError {
        ConfigurationError(file: file, line: line, column: column, key: key, message: message)
    }
}
