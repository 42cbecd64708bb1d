import NIOCore
import NIOPosix
import NIOSSL

/// The making of one connection, which has its place in the pool already: look-up, connect, handshake.
/// Every socket that it opens is closed in the same turn of the loop in which it is cancelled. A look-up that
/// is under way then goes on without it.
final class Dial {
    private let target: ProviderTarget
    private let pool: UpstreamPool
    private var completion: ((Result<UpstreamConnection, RelayFailure>) -> Void)?
    /// Several where a name has several addresses.
    private var candidates: [UpstreamConnection] = []
    /// Of the look-up that is waited for.
    private var lookup: Int?
    /// The addresses that are tried, where the host has a name.
    private var tried: NameLookup.Found?
    private var begun = NIODeadline.uptimeNanoseconds(0)

    init(
        _ target: ProviderTarget, pool: UpstreamPool,
        completion: @escaping (Result<UpstreamConnection, RelayFailure>) -> Void
    ) {
        self.target = target
        self.pool = pool
        self.completion = completion
    }

    /// Begins. The completion is called once, unless the dial is cancelled before.
    func start(on loop: any EventLoop, timeout: TimeAmount) {
        begun = pool.now
        if let address = target.address {
            follow(bootstrap(loop, timeout).connect(to: address))
            return
        }
        if let found = pool.lookup.current { return connect(to: found, on: loop, timeout) }
        lookup = pool.lookup.ask { [self] found in
            lookup = nil
            connect(to: found, on: loop, timeout)
        }
    }

    private func connect(
        to found: NameLookup.Found, on loop: any EventLoop, _ timeout: TimeAmount
    ) {
        guard !found.addresses.isEmpty else { return fail(.connectFailed) }
        tried = found
        let resolver = FoundAddresses(addresses: found.addresses, loop: loop)
        follow(
            bootstrap(loop, timeout).resolver(resolver).connect(
                host: target.provider.host, port: target.provider.port))
    }

    private func bootstrap(_ loop: any EventLoop, _ timeout: TimeAmount) -> ClientBootstrap {
        let bound = NIOLoopBound(self, eventLoop: loop)
        return ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            // What the kernel may hold of an answer whose client does not read.
            .channelOption(.socketOption(.so_rcvbuf), value: 256 * 1024)
            .channelOption(
                .recvAllocator,
                value: UpstreamConnection.streamReads
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try bound.value.prepare(channel) }
            }
    }

    private func follow(_ connecting: EventLoopFuture<any Channel>) {
        connecting.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel): self.connected(channel)
            case .failure(let error): self.fail(Self.failure(error))
            }
        }
    }

    /// Nobody waits any more: closes whatever there is.
    func cancel() {
        guard completion != nil else { return }
        // Whoever waits keeps the time too, and may see first that it is over.
        if pool.now >= begun + pool.connectTimeout { dropAddresses() }
        end()
    }

    /// Addresses that did not lead to the provider are not to be kept.
    private func dropAddresses() {
        if let tried { pool.lookup.drop(tried) }
    }

    private func end() {
        completion = nil
        if let lookup { pool.lookup.forget(lookup) }
        lookup = nil
        let open = candidates
        candidates = []
        for candidate in open { candidate.close() }
        pool.placeIsFree()
    }

    private func prepare(_ channel: any Channel) throws {
        guard completion != nil else { throw ChannelError.alreadyClosed }
        let connection = UpstreamConnection(pool: pool, dial: self)
        if let tls = target.tls {
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: tls, serverHostname: target.serverName))
        }
        try channel.pipeline.syncOperations.addHandler(connection)
        candidates.append(connection)
    }

    private func connected(_ channel: any Channel) {
        guard completion != nil else { return channel.close(promise: nil) }
        guard
            let connection = try? channel.pipeline.syncOperations.handler(
                type: UpstreamConnection.self)
        else { return fail(.connectFailed) }
        candidates = [connection]
        connection.isChosen = true
        if target.tls == nil || connection.hasHandshaken { succeed(connection) }
    }

    /// The candidate's handshake is through.
    func handshaken(_ connection: UpstreamConnection) {
        // While several candidates race, the bootstrap has not named the winner yet.
        if connection.isChosen { succeed(connection) }
    }

    /// The candidate's connection ended before it was ready.
    func lost(_ connection: UpstreamConnection, tlsFailed: Bool) {
        guard connection.isChosen else { return }
        fail(tlsFailed ? .tlsFailed : .connectFailed)
    }

    private func succeed(_ connection: UpstreamConnection) {
        guard let completion else { return connection.close() }
        guard connection.becomeReady() else { return fail(.connectFailed) }
        self.completion = nil
        candidates = []
        completion(.success(connection))
    }

    private func fail(_ failure: RelayFailure) {
        guard let completion else { return }
        dropAddresses()
        end()
        completion(.failure(failure))
    }

    private static func failure(_ error: any Error) -> RelayFailure {
        if case .connectTimeout = error as? ChannelError { return .connectTimedOut }
        return .connectFailed
    }
}
