import IPC
import NIOCore

/// The connections to one provider that wait for a request. The newest is used first, so that the rest
/// can grow old and go.
final class UpstreamPool {
    /// Connections kept for later.
    static let idleMax = 256
    /// Less than the usual servers' own time, so that they seldom close one that is being used.
    static let idleTimeout = TimeAmount.seconds(45)

    private let target: ProviderTarget
    private let loop: any EventLoop
    private let connectTimeout: TimeAmount
    /// The provider's index, and where its connections are counted.
    private let index: Int
    private let gauges: ProviderGauges
    private let clock: Clock
    /// Of the provider's name, for its dials.
    let lookup: NameLookup
    private var idle: [UpstreamConnection] = []
    private var isClosed = false

    init(
        _ target: ProviderTarget, loop: any EventLoop, connectTimeout: TimeAmount, index: Int,
        gauges: ProviderGauges, resolve: @escaping NameLookup.Resolve,
        clock: Clock
    ) {
        self.target = target
        self.loop = loop
        self.connectTimeout = connectTimeout
        self.index = index
        self.gauges = gauges
        self.clock = clock
        lookup = NameLookup(
            host: target.provider.host, port: target.provider.port, loop: loop, resolve: resolve
        ) { isRunning in gauges.change(index) { $0.lookups += isRunning ? 1 : -1 } }
    }

    /// Counts a connection that went from one use to another; nil is before it was opened and after it was closed.
    func moved(from old: UpstreamConnection.Use?, to new: UpstreamConnection.Use?) {
        gauges.change(index) { gauge in
            if let old { gauge[keyPath: old.count] -= 1 }
            if let new { gauge[keyPath: new.count] += 1 }
        }
    }

    /// Connections that wait.
    var idleCount: Int { idle.count }

    /// A connection that waits, if there is one.
    func take() -> UpstreamConnection? {
        while let connection = idle.popLast() {
            if connection.isUsable { return connection }
        }
        return nil
    }

    /// Makes a connection.
    func dial(
        _ completion: @escaping (Result<UpstreamConnection, RelayFailure>) -> Void
    ) -> Dial {
        let dial = Dial(target, pool: self, completion: completion)
        dial.start(on: loop, timeout: connectTimeout)
        return dial
    }

    /// Takes a connection back.
    func put(_ connection: UpstreamConnection) {
        guard !isClosed, idle.count < Self.idleMax else { return connection.close() }
        connection.idleSince = .uptimeNanoseconds(clock.monotonic)
        idle.append(connection)
    }

    /// Forgets a connection that is no longer usable.
    func remove(_ connection: UpstreamConnection) {
        idle.removeAll { $0 === connection }
    }

    /// Closes what waited too long.
    func tick(now: NIODeadline) {
        // The oldest are at the front.
        let old = idle.prefix { $0.idleSince + Self.idleTimeout <= now }
        guard !old.isEmpty else { return }
        idle.removeFirst(old.count)
        for connection in old { connection.close() }
    }

    /// Keeps nothing any more.
    func close() {
        isClosed = true
        let all = idle
        idle = []
        for connection in all { connection.close() }
    }
}
