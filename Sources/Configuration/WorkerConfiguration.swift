/// What a worker needs of the configuration; sealed for it by `dd0c-route`, without any text of a secret.
public struct WorkerConfiguration: Codable, Equatable, Sendable {
    public var keys: [ClientKey]
    public var providers: [Provider]
    /// First match wins.
    public var models: [ModelRoute]
    public var limits: Limits
    /// Which of the sealed document's secrets came from which environment variable: a reload, whose
    /// environment no longer has the variables, takes them from the running configuration.
    public var environmentSecrets: [String: Int] = [:]
    /// nil stands for `abort`: a configuration that an older build sealed does not say.
    public var halfClosedClients: HalfClosedClients?
    /// What clients are answered with on the TLS listeners; nil where there are none.
    public var tls: ListenerTLS?

    /// Memberwise.
    public init(keys: [ClientKey], providers: [Provider], models: [ModelRoute], limits: Limits) {
        self.keys = keys
        self.providers = providers
        self.models = models
        self.limits = limits
    }
}

/// What becomes of a client that closed its sending side and may still read.
public enum HalfClosedClients: String, Codable, CaseIterable, Sendable {
    /// It has left: its stream is aborted.
    case abort
    /// It is answered to the end, unless it turns out that it has left.
    case serve
}

/// The identity that this gateway shows to clients over TLS.
public struct ListenerTLS: Codable, Equatable, Sendable {
    /// PEM: the certificate, and those that lead to its authority.
    public var certificateChain: String
    /// Index of the private key, in PEM, among the sealed document's secrets.
    public var privateKey: Int
    /// Whether clients may choose HTTP/2; nil stands for `true`: a configuration that an older build
    /// sealed does not say.
    public var http2: Bool?

    /// Memberwise.
    public init(certificateChain: String, privateKey: Int, http2: Bool? = nil) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.http2 = http2
    }
}

/// One client that may call.
public struct ClientKey: Codable, Equatable, Sendable {
    /// The name in records and logs.
    public var name: String
    /// SHA-256 of the key, 32 bytes.
    public var sha256: [UInt8]

    /// Memberwise.
    public init(name: String, sha256: [UInt8]) {
        self.name = name
        self.sha256 = sha256
    }
}

/// The protocol that a provider speaks.
public enum ProviderFamily: String, Codable, CaseIterable, Sendable {
    case openai
    case anthropic
}

/// Who answers `POST /v1/messages/count_tokens`.
public enum CountTokens: String, Codable, CaseIterable, Sendable {
    /// The provider: exactly, and with a request more.
    case relay
    /// The gateway: with the public tokenizer.
    case local
}

/// One provider and how it is reached.
public struct Provider: Codable, Equatable, Sendable {
    public var name: String
    public var family: ProviderFamily
    public var usesTLS: Bool
    /// A DNS name or an address, without brackets.
    public var host: String
    public var port: Int
    /// Path in front of the endpoint's, without a slash at the end (`/v1`); the endpoint's own leading
    /// `/v1` is not added again.
    public var basePath: String
    /// Index of the key among the sealed document's secrets; nil with `passthrough`.
    public var apiKey: Int?
    /// Whether the client's own credential is forwarded.
    public var passthrough: Bool
    /// Whether the provider stops charging when its connection is aborted.
    public var abortStopsBilling: Bool
    /// PEM certificates to trust instead of the system's; nil for the system's.
    public var certificateAuthority: String?
    /// Bounds of reading on for the usage of an answer whose client has gone, where aborting would not
    /// stop the charge; nil stands for the defaults.
    public var usageDrainBounds: UsageDrainBounds?
    /// nil stands for `relay`: a configuration that an older build sealed does not say.
    public var countTokens: CountTokens?
    /// nil stands for the defaults.
    public var connectionSettings: ConnectionSettings?

    /// Memberwise.
    public init(
        name: String, family: ProviderFamily, usesTLS: Bool, host: String, port: Int,
        basePath: String, apiKey: Int?, passthrough: Bool, abortStopsBilling: Bool,
        certificateAuthority: String?, countTokens: CountTokens? = nil,
        usageDrainBounds: UsageDrainBounds? = nil,
        connectionSettings: ConnectionSettings? = nil
    ) {
        self.name = name
        self.family = family
        self.usesTLS = usesTLS
        self.host = host
        self.port = port
        self.basePath = basePath
        self.apiKey = apiKey
        self.passthrough = passthrough
        self.abortStopsBilling = abortStopsBilling
        self.certificateAuthority = certificateAuthority
        self.countTokens = countTokens
        self.usageDrainBounds = usageDrainBounds
        self.connectionSettings = connectionSettings
    }

    /// The bounds that apply.
    public var usageDrain: UsageDrainBounds { usageDrainBounds ?? UsageDrainBounds() }

    /// The settings of connections that apply.
    public var connections: ConnectionSettings { connectionSettings ?? ConnectionSettings() }

    /// Whether an answer is read to its end although its client has gone.
    public var isReadOn: Bool { !abortStopsBilling && usageDrain.concurrent > 0 }
}

/// How much is spent on learning what an answer costs that nobody waits for any more.
public struct UsageDrainBounds: Codable, Equatable, Sendable {
    /// From the client's end, milliseconds.
    public var timeout: Int = 120_000
    /// Bytes of the answer, from the client's end.
    public var bytes: Int = 16 * 1024 * 1024
    /// Answers of the provider in one worker at a time; 0: none is read on.
    public var concurrent: Int = 100

    /// The defaults.
    public init() {}
}

/// Which provider serves a model.
public struct ModelRoute: Codable, Equatable, Sendable {
    /// A model id in which `*` stands for any run of characters.
    public var match: String
    /// A provider's name.
    public var provider: String
    /// The provider's own name for the model; nil: as the client named it.
    public var model: String?

    /// Memberwise.
    public init(match: String, provider: String, model: String?) {
        self.match = match
        self.provider = provider
        self.model = model
    }
}

/// Sizes and times that bound what one client or provider can take. Times in milliseconds.
public struct Limits: Codable, Equatable, Sendable {
    public var headerBytes: Int = 32 * 1024
    public var bodyBytes: Int = 32 * 1024 * 1024
    /// From the first byte of a request to its last header.
    public var headerTimeout: Int = 20_000
    /// From the last header to the end of the body.
    public var bodyTimeout: Int = 120_000
    /// A kept-alive connection without a request.
    public var idleTimeout: Int = 90_000
    /// DNS, connect and TLS handshake to the provider.
    public var connectTimeout: Int = 10_000
    /// From the sent request to the provider's head.
    public var responseTimeout: Int = 600_000
    /// Between two reads of the provider's answer.
    public var streamIdleTimeout: Int = 300_000
    /// Streams that one worker has open at the same time.
    public var streamsPerWorker: Int = 65_536

    /// Memberwise.
    public init() {}
}
