/// What the accountant needs of the configuration: no prompt, no provider, no provider's key.
public struct AccountantConfiguration: Codable, Equatable, Sendable {
    /// Absolute path of the folder that holds the ledger.
    public var stateDirectory: String
    /// Prices that come before the shipped table, first match wins.
    public var prices: [PriceRule]
    /// Index of the key among the sealed document's secrets that the ledger is signed with; nil: it is not.
    public var signingKey: Int?
    /// The environment variable that the key came from; nil: none. A reload, whose environment no longer
    /// has it, takes the key from the running configuration.
    public var signingKeyVariable: String?
    /// Time between two signatures, milliseconds.
    public var rotateInterval: Int = 86_400_000
    /// Lines per second that the log has room for, one for each request; nil: as many as is usual. Optional, as all
    /// that is added here must be: a new program can be given what an older one has sealed.
    public var requestLines: Int?

    /// Unsigned.
    public init(stateDirectory: String, prices: [PriceRule]) {
        self.stateDirectory = stateDirectory
        self.prices = prices
    }
}

/// The price of the models that a pattern matches, in nano-dollars a token (1 USD per million tokens is 1,000).
public struct PriceRule: Codable, Equatable, Sendable {
    /// A provider's model id in which `*` stands for any run of characters.
    public var match: String
    public var input: Int64
    public var output: Int64
    /// nil: as `input`.
    public var cachedInput: Int64?
    /// Writing to the cache for 5 minutes; nil: as `input`.
    public var cacheWrite5m: Int64?
    /// Writing to the cache for 1 hour; nil: as `cacheWrite5m`.
    public var cacheWrite1h: Int64?

    /// Memberwise.
    public init(
        match: String, input: Int64, output: Int64, cachedInput: Int64? = nil,
        cacheWrite5m: Int64? = nil, cacheWrite1h: Int64? = nil
    ) {
        self.match = match
        self.input = input
        self.output = output
        self.cachedInput = cachedInput
        self.cacheWrite5m = cacheWrite5m
        self.cacheWrite1h = cacheWrite1h
    }
}
