import Yams

/// Decodes the tree of a file into a configuration, noting everything that is wrong on the way.
struct ConfigurationReader {
    /// What the configuration's defaults depend on.
    let host: HostDefaults
    var problems: Problems
    var secrets: [LocatedSecretReference] = []
    var environmentSecrets: [String: Int] = [:]
    var certificatePlace: ConfigurationPlace?

    /// All keys of the file, in the order of the documentation.
    static let keys = [
        "listen", "listen_tls", "tls", "admin", "workers", "state_directory", "drain_timeout",
        "keys", "providers", "models", "limits", "prices", "ledger", "require_locked_memory",
        "half_closed_clients", "log",
    ]
    private static let workersMax = 1024
    private static let drainRange = 0...86_400_000

    init(file: String, host: HostDefaults) {
        self.host = host
        problems = Problems(file: file)
    }

    /// The configuration of a text; nil when `problems` has errors.
    mutating func read(_ text: String) -> GatewayConfiguration? {
        guard let root = DocumentParser.parse(text, &problems) else { return nil }
        refuseSecrets(in: Field(path: "", node: root))
        guard
            let top = MappingReader(
                Field(path: "", node: root), known: Self.keys, &problems)
        else { return nil }
        let listenTLS = readListenTLS(top)
        let listen = readListen(top, otherwise: listenTLS)
        let admin = readAdmin(top, listen, listenTLS)
        let workers =
            top.optional("workers").map { $0.integer(in: 1...Self.workersMax, &problems) }
            ?? min(host.cores, Self.workersMax)
        let stateDirectory = readStateDirectory(top)
        let drain =
            top.optional("drain_timeout").map { $0.duration(in: Self.drainRange, &problems) }
            ?? 600_000
        let tls = readTLS(top, isNeeded: !listenTLS.isEmpty)
        let providers = readProviders(top)
        let keys = readKeys(top, hasPassthrough: providers.contains(where: \.passthrough))
        let models = readModels(top)
        let limits = readLimits(top.optional("limits"))
        let prices = readPrices(top.optional("prices"))
        let halfClosed = readHalfClosed(top.optional("half_closed_clients"))
        let ledger = readLedger(top.optional("ledger"))
        let requestLines = readLog(top.optional("log"))
        let locked = top.optional("require_locked_memory").map { $0.flag(&problems) } ?? false
        guard problems.errors.isEmpty, let admin, let workers, let stateDirectory, let drain,
            let locked
        else { return nil }
        var worker = WorkerConfiguration(
            keys: keys, providers: providers, models: models, limits: limits)
        worker.environmentSecrets = environmentSecrets
        worker.halfClosedClients = halfClosed
        worker.tls = tls
        var configuration = GatewayConfiguration(
            listen: listen, listenTLS: listenTLS, admin: admin, workers: workers,
            stateDirectory: stateDirectory, drainTimeout: drain, worker: worker, secrets: secrets,
            prices: prices, ledger: ledger, certificatePlace: certificatePlace,
            requiresLockedMemory: locked)
        configuration.requestLines = requestLines
        return configuration
    }

    /// A key written into the file is refused wherever it stands; its text is not shown.
    private mutating func refuseSecrets(in field: Field) {
        switch field.node {
        case .scalar(let scalar):
            guard SecretShape.isKey(scalar.string) else { return }
            problems.refuse(
                field, "looks like a secret, which must not be in this file",
                suggestion:
                    "refer to it: `{ credential: NAME }`, `{ env: NAME }` or `{ file: PATH }`")
        case .mapping(let mapping):
            let prefix = field.path.isEmpty ? "" : field.path + "."
            for (key, value) in mapping {
                refuseSecrets(in: Field(path: field.path, node: key))
                let name = key.scalar.map { DocumentParser.originalName($0.string) } ?? ""
                let shown = Field.isName(name) && SecretShape.isHarmless(name)
                refuseSecrets(in: Field(path: shown ? prefix + name : field.path, node: value))
            }
        case .sequence(let sequence):
            for (index, item) in sequence.enumerated() {
                refuseSecrets(in: Field(path: "\(field.path)[\(index)]", node: item))
            }
        case .alias: break
        }
    }

    private mutating func readHalfClosed(_ field: Field?) -> HalfClosedClients? {
        guard let field, let text = field.text(&problems) else { return nil }
        if let choice = HalfClosedClients(rawValue: text) { return choice }
        let nearest = Suggestion.nearest(
            to: text, among: HalfClosedClients.allCases.map(\.rawValue))
        problems.refuse(
            field, "must be `abort` or `serve`",
            suggestion: nearest.map { "did you mean `\($0)`?" })
        return nil
    }

    private mutating func readStateDirectory(_ top: MappingReader) -> String? {
        guard let field = top.optional("state_directory") else {
            if let standard = host.stateDirectory { return standard }
            problems.refuse(
                nil, "state_directory",
                "is missing, and neither $STATE_DIRECTORY nor $XDG_STATE_HOME nor $HOME is set")
            return nil
        }
        return absolutePath(field)
    }

    /// An absolute path; everything else is refused.
    mutating func absolutePath(_ field: Field) -> String? {
        guard let text = field.text(&problems) else { return nil }
        guard text.hasPrefix("/"), !text.utf8.contains(0), text.utf8.count < 4096 else {
            problems.refuse(field, "must be an absolute path")
            return nil
        }
        return text
    }
}
