import Secrets

/// A whole configuration, valid in itself; its secrets are references until they are resolved.
public struct GatewayConfiguration: Equatable, Sendable {
    /// Where clients connect, unless the sockets are inherited.
    public var listen: [ListenAddress]
    /// The same, for clients that speak TLS.
    public var listenTLS: [ListenAddress] = []
    /// Where the admin interface listens, unless its socket is inherited.
    public var admin: ListenAddress
    /// Number of workers, 1 to 1024.
    public var workers: Int
    /// Absolute path of the folder for the ledger and the lock.
    public var stateDirectory: String
    /// How long a drain lets streams go on, milliseconds.
    public var drainTimeout: Int
    /// The workers' part; `Provider.apiKey` is an index into `secrets`.
    public var worker: WorkerConfiguration
    /// The secrets that providers and `tls` name, in the order of the workers' sealed document.
    public var secrets: [LocatedSecretReference]
    /// Prices that come before the shipped table.
    public var prices: [PriceRule]
    /// How the ledger is signed.
    public var ledger = LedgerSettings()
    /// Lines per second that the log has room for, one for each request; nil: as many as is usual.
    public var requestLines: Int?
    /// The file and place of `tls.certificate`, for what is wrong with its content.
    public var certificatePlace: ConfigurationPlace?
    /// Whether the gateway refuses to start where its secrets cannot be locked into RAM.
    public var requiresLockedMemory = false

    /// The accountant's part.
    public var accountant: AccountantConfiguration {
        var accountant = AccountantConfiguration(stateDirectory: stateDirectory, prices: prices)
        accountant.signingKey = ledger.signingKey == nil ? nil : 0
        accountant.rotateInterval = ledger.rotateInterval
        accountant.requestLines = requestLines
        if case .environment(let name)? = ledger.signingKey?.reference {
            accountant.signingKeyVariable = name
        }
        return accountant
    }

    /// Environment variables that hold secrets: no child may have them.
    public var secretVariables: Set<String> {
        Set(worker.environmentSecrets.keys).union(accountant.signingKeyVariable.map { [$0] } ?? [])
    }

    /// Resolves the key that the ledger is signed with; nil: there is none.
    ///
    /// - Throws: `SecretFailures` when it is named and not there.
    public func resolveSigningKey(
        with resolver: SecretResolver
    ) throws(SecretFailures) -> (key: Secret, warning: ConfigurationError?)? {
        guard let located = ledger.signingKey else { return nil }
        switch resolver.resolve(located.reference, as: located.form) {
        case .found(let key, let warning): return (key, warning.map { located.problem($0) })
        case .missing(let reason): throw SecretFailures(errors: [located.problem(reason)])
        }
    }

    /// Resolves all secrets, in their order.
    ///
    /// - Throws: `SecretFailures` with every one that could not be resolved.
    public func resolveSecrets(
        with resolver: SecretResolver
    ) throws(SecretFailures) -> (secrets: [Secret], warnings: [ConfigurationError]) {
        var resolved: [Secret] = []
        var errors: [ConfigurationError] = []
        var warnings: [ConfigurationError] = []
        for secret in secrets {
            switch resolver.resolve(secret.reference, as: secret.form) {
            case .found(let value, let warning):
                resolved.append(value)
                if let warning { warnings.append(secret.problem(warning)) }
            case .missing(let reason):
                errors.append(secret.problem(reason))
            }
        }
        guard errors.isEmpty else { throw SecretFailures(errors: errors) }
        return (resolved, warnings)
    }
}

/// Secrets that could not be resolved.
public struct SecretFailures: Error, Equatable, Sendable {
    /// One error for each, at the reference's place in the file.
    public var errors: [ConfigurationError]
}
