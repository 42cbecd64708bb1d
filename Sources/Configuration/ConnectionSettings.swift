/// How a worker's connections to one provider are made and bounded. Whatever a document does not say, such as
/// one that an older build sealed, is the default.
public struct ConnectionSettings: Codable, Equatable, Sendable {
    /// Connections that one worker has open at the same time, with those that are being made.
    public var most: Int = 8192
    /// Connections without a request that one worker keeps for the next ones.
    public var idleMost: Int = 256
    /// Requests of one worker that wait for a connection at the same time; 0: none waits.
    public var waitingMost: Int = 1024
    /// How long a request waits for a connection, milliseconds.
    public var waitingTimeout: Int = 10_000
    /// How long the addresses of the provider's name are used without asking again, milliseconds; 0: they are
    /// asked for whenever a connection is made. It is not what the name's owner says: getaddrinfo(3) does
    /// not tell that.
    public var nameLifetime: Int = 30_000

    /// The defaults.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case most, idleMost, waitingMost, waitingTimeout, nameLifetime
    }

    /// Decodes what is there.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func take(_ path: WritableKeyPath<Self, Int>, _ key: CodingKeys) throws {
            if let value = try values.decodeIfPresent(Int.self, forKey: key) {
                self[keyPath: path] = value
            }
        }
        try take(\.most, .most)
        try take(\.idleMost, .idleMost)
        try take(\.waitingMost, .waitingMost)
        try take(\.waitingTimeout, .waitingTimeout)
        try take(\.nameLifetime, .nameLifetime)
    }
}
