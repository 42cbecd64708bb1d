/// What reading a configuration gave: the configuration, or everything that is wrong with it.
public struct ConfigurationReport: Sendable {
    /// The configuration; nil when there are errors.
    public var configuration: GatewayConfiguration?
    /// All errors of the file, in the order of their places.
    public var errors: [ConfigurationError]
    /// What the operator should know although the gateway can work with it.
    public var warnings: [ConfigurationError]
}
