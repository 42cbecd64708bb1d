import Configuration
import IPC
import NIOCore
import NIOSSL
import Redaction
import Secrets
import Tokenization

/// What everything in a worker shares. One instance on one event loop, used from nowhere else.
final class WorkerCore {
    /// Time between two looks at the deadlines, and between two progress reports.
    static let tickInterval = TimeAmount.milliseconds(100)
    /// How long a provider may hold its connection open behind the terminal event.
    static let lingerTimeout = TimeAmount.seconds(5)
    /// How long a drain waits for the first request of a connection that was just accepted.
    static let firstRequestGrace = TimeAmount.seconds(1)
    /// How long the record of an answer that broke off waits for the client's last acknowledgement.
    static let acknowledgeTimeout = TimeAmount.seconds(1)
    /// How long a client may take to close after this side did.
    static let closeTimeout = TimeAmount.seconds(2)

    /// Different credentials that are recognised by value at a time, besides the configured secrets. After
    /// so many the first is made known again, which keeps those that are in use in the table.
    static let credentialsMax = 128

    let loop: any EventLoop
    let clock: Clock
    let limits: Limits
    /// For clients that speak TLS; nil where the configuration has no certificate.
    let tls: NIOSSLContext?
    let router: Router
    let authenticator: Authenticator
    let models: ModelListing
    let targets: [ProviderTarget]
    let pools: [UpstreamPool]
    let accounts: StreamAccounts
    /// What texts are counted with, by the vocabularies that all workers share.
    var countPlans: CountPlans
    let takesPassthrough: Bool
    /// Whether a client that has closed its sending side only is still answered.
    let servesHalfClosed: Bool
    /// Recognises the configuration's secrets and its clients' keys by value: what no answer and no
    /// record may hold, whoever they are for. Credentials that are passed through are not in it: their
    /// text is anybody's choice, and would be taken out of other clients' answers and bills.
    let secrets: KnownSecrets
    /// Recognises them too, for the log and the last words of this process.
    private let shown: KnownSecrets
    /// Lent to the relay for each read.
    var observer = ReadObserver()

    /// Digests of the credentials that were made known lately.
    private var credentialsSeen: Set<[UInt8]> = []
    private var connections: [ObjectIdentifier: any ConnectedClient] = [:]
    /// Answers that are read to their end without a client.
    private var usageDrains = UsageDrains()
    /// In the order in which they came.
    private var handshaking: [ClientHandshake] = []
    /// Connections in a TLS handshake at a time; one more ends the one that has been at it longest.
    var handshakesMax = 1024
    private var isTicking = false
    private(set) var isDraining = false
    private var onIdle: (() -> Void)?
    private var unauthorised: UInt64 = 0
    private var unauthorisedLogged: UInt64 = 0
    private var logDeadline = NIODeadline.uptimeNanoseconds(0)

    /// - Throws: `ProviderTarget.Failure`, `ServerIdentity.Failure`, or what making the model list throws.
    init(
        loop: any EventLoop, configuration: WorkerConfiguration, secrets: [Secret],
        known: KnownSecrets, vocabularies: Vocabularies, usage: Int32, counters: CounterFile,
        resolve: @escaping NameLookup.Resolve, clock: Clock
    ) throws {
        let own = Self.makeKnown(secrets, also: known)
        tls = try configuration.tls.map { try ServerIdentity.context($0, secrets: secrets) }
        self.loop = loop
        self.clock = clock
        countPlans = CountPlans(vocabularies)
        limits = configuration.limits
        router = Router(configuration)
        authenticator = Authenticator(keys: configuration.keys)
        models = try ModelListing(configuration)
        let targets = try configuration.providers.map { try ProviderTarget($0, secrets: secrets) }
        self.targets = targets
        let connectTimeout = TimeAmount.milliseconds(Int64(configuration.limits.connectTimeout))
        let gauges = ProviderGauges(counters, providers: targets.map(\.provider.name))
        pools = targets.enumerated().map { index, target in
            UpstreamPool(
                target, loop: loop, connectTimeout: connectTimeout, index: index, gauges: gauges,
                resolve: resolve, clock: clock)
        }
        self.secrets = own
        shown = known
        servesHalfClosed = configuration.halfClosedClients == .serve
        takesPassthrough = configuration.providers.contains(where: \.passthrough)
        accounts = StreamAccounts(
            loop: loop, usage: usage, counters: counters,
            streamsMax: configuration.limits.streamsPerWorker, known: own)
    }

    /// Now, on the clock of all deadlines: NIO's, which never steps.
    var now: NIODeadline { .uptimeNanoseconds(clock.monotonic) }

    /// The table of the configuration's secrets.
    ///
    /// - Parameter also: another table that they are added to.
    private static func makeKnown(_ secrets: [Secret], also: KnownSecrets) -> KnownSecrets {
        let count = secrets.reduce(0) { count, secret in
            count + secret.withBytes { SecretPieces(of: $0).all.count }
        }
        let own = KnownSecrets(
            configuredCapacity: max(1, count), recentCapacity: 2 * credentialsMax)
        for secret in secrets {
            secret.withBytes {
                for piece in SecretPieces(of: $0).all {
                    own.add(piece, lifetime: .configured)
                    also.add(piece, lifetime: .configured)
                }
            }
        }
        return own
    }

    /// A connection began its TLS handshake.
    func handshakeBegan(_ connection: ClientHandshake) {
        if handshaking.count >= handshakesMax { handshaking.removeFirst().closeNow() }
        handshaking.append(connection)
    }

    /// It has ended, one way or the other.
    func handshakeOver(_ connection: ClientHandshake) {
        handshaking.removeAll { $0 === connection }
    }

    /// Clients that are connected.
    var connectionCount: Int { connections.count }

    func add(_ connection: any ConnectedClient) {
        connections[ObjectIdentifier(connection)] = connection
        startTicking()
    }

    func remove(_ connection: any ConnectedClient) {
        connections[ObjectIdentifier(connection)] = nil
        becomeIdleIfOver()
    }

    private var isIdle: Bool { connections.isEmpty && usageDrains.isEmpty }

    private func becomeIdleIfOver() {
        guard isIdle, let onIdle else { return }
        self.onIdle = nil
        onIdle()
    }

    /// Has an answer read on whose client is gone, if the provider's bounds have room for one more; else
    /// the connection ends.
    func readOn(_ drain: UsageDrain, from connection: UpstreamConnection) {
        let bounds = targets[drain.provider].provider.usageDrain
        guard !isDraining, usageDrains.count(ofProvider: drain.provider) < bounds.concurrent,
            drain.begin(on: connection)
        else { return connection.close() }
        usageDrains.insert(drain)
        startTicking()
    }

    /// The drain is over. False where it was before.
    func remove(_ drain: UsageDrain) -> Bool {
        guard usageDrains.remove(drain) else { return false }
        // Not at once: the drain still has its record to send.
        loop.assumeIsolated().execute { self.becomeIdleIfOver() }
        return true
    }

    /// The name of the client whose credential it is, which from now on is recognised wherever it turns up.
    func identify(_ credential: ClientCredential) -> String? {
        let digest = credential.secret.withBytes(Authenticator.digest)
        let name = authenticator.name(of: digest)
        // A wrong key goes nowhere, and whoever tries many must not fill the table.
        guard name != nil || takesPassthrough else { return nil }
        if credentialsSeen.count >= Self.credentialsMax { credentialsSeen.removeAll() }
        if credentialsSeen.insert(digest).inserted {
            credential.secret.withBytes {
                shown.add($0, lifetime: .recent)
                if name != nil { secrets.add($0, lifetime: .recent) }
            }
        }
        return name
    }

    /// Counts a request without a valid key; the log tells how many there were.
    func noteUnauthorised() { unauthorised += 1 }

    /// No connection is kept alive from now on; the closure is called once all are gone.
    func drain(_ onIdle: @escaping () -> Void) {
        isDraining = true
        for pool in pools { pool.close() }
        for connection in connections.values { connection.drain() }
        if isIdle { onIdle() } else { self.onIdle = onIdle }
    }

    /// The time is over: every stream that is left ends now.
    func endStreams() {
        for connection in connections.values { connection.endStream() }
        for drain in usageDrains.members { drain.end() }
    }

    /// Closes whatever is left.
    func closeAll() {
        for connection in connections.values { connection.closeNow() }
        for drain in usageDrains.members { drain.end() }
    }

    private func startTicking() {
        guard !isTicking else { return }
        isTicking = true
        scheduleTick()
    }

    private func scheduleTick() {
        loop.assumeIsolated().scheduleTask(in: Self.tickInterval) { self.tick() }
    }

    private func tick() {
        let now = self.now
        for connection in connections.values { connection.tick(now: now) }
        for drain in usageDrains.members { drain.tick(now: now) }
        for pool in pools { pool.tick(now: now) }
        accounts.tick()
        logUnauthorised(now)
        // Without a client nothing can time out but idle connections to providers.
        if isIdle, pools.allSatisfy({ $0.idleCount == 0 }) {
            isTicking = false
        } else {
            scheduleTick()
        }
    }

    private func logUnauthorised(_ now: NIODeadline) {
        guard unauthorised > unauthorisedLogged, now >= logDeadline else { return }
        logDeadline = now + .seconds(10)
        WorkerLog.write(
            .warning, "unauthorised_requests", ("count", unauthorised - unauthorisedLogged))
        unauthorisedLogged = unauthorised
    }
}
