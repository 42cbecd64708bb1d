import Configuration
import IPC
import NIOCore

/// The connections to one provider, and the requests that wait for one of them. Of those without a request the
/// newest is used first, so that the rest can grow old and go.
///
/// There are never more than the settings allow. A dial counts as one connection, even where it tries several
/// addresses at a time, and a connection counts until it is closed. While somebody waits, every connection
/// that comes back, and the place of every one that has gone, is for whoever has waited longest.
final class UpstreamPool {
    /// Less than the usual servers' own time, so that they seldom close one that is being used.
    static let idleTimeout = TimeAmount.seconds(45)

    private let target: ProviderTarget
    private let settings: ConnectionSettings
    private let loop: any EventLoop
    /// The time for a dial.
    let connectTimeout: TimeAmount
    /// The provider's index, and where its connections are counted.
    private let index: Int
    private let gauges: ProviderGauges
    private let clock: Clock
    /// Of the provider's name, for its dials.
    let lookup: NameLookup
    private var idle: [UpstreamConnection] = []
    /// Connections, and dials that have not become one.
    private var open = 0
    private var line = WaitingLine<ConnectionWaiter>()
    /// Whoever waits will be looked after in this turn of the loop.
    private var isServing = false
    private var isClosed = false

    init(
        _ target: ProviderTarget, loop: any EventLoop, connectTimeout: TimeAmount, index: Int,
        gauges: ProviderGauges, resolve: @escaping NameLookup.Resolve,
        clock: Clock
    ) {
        self.target = target
        settings = target.provider.connections
        self.loop = loop
        self.connectTimeout = connectTimeout
        self.index = index
        self.gauges = gauges
        self.clock = clock
        lookup = NameLookup(
            host: target.provider.host, port: target.provider.port,
            lifetime: .milliseconds(Int64(settings.nameLifetime)), loop: loop, clock: clock,
            resolve: resolve
        ) { isRunning in gauges.change(index) { $0.lookups += isRunning ? 1 : -1 } }
    }

    /// Now, on the clock of all deadlines.
    var now: NIODeadline { .uptimeNanoseconds(clock.monotonic) }

    /// Counts a connection that went from one use to another; nil is before it was opened and after it was closed.
    func moved(from old: UpstreamConnection.Use?, to new: UpstreamConnection.Use?) {
        gauges.change(index) { gauge in
            if let old { gauge[keyPath: old.count] -= 1 }
            if let new { gauge[keyPath: new.count] += 1 }
        }
    }

    /// Connections without a request.
    var idleCount: Int { idle.count }

    /// A connection without a request, if there is one and nobody waits for it.
    func take() -> UpstreamConnection? { line.isEmpty ? newestIdle() : nil }

    private func newestIdle() -> UpstreamConnection? {
        while let connection = idle.popLast() {
            if connection.isUsable { return connection }
        }
        return nil
    }

    /// Makes a connection, or waits for one where there may be no more.
    ///
    /// - Parameters:
    ///   - fresh: it takes the place of one that turned out dead, and goes before those who wait for their first.
    ///   - dialBegan: called when it is being made: the time for that begins.
    ///   - completion: called once, unless the waiter is cancelled before.
    func connect(
        fresh: Bool, dialBegan: @escaping () -> Void,
        completion: @escaping (Result<UpstreamConnection, RelayFailure>) -> Void
    ) -> ConnectionWaiter {
        let timeout = TimeAmount.milliseconds(Int64(settings.waitingTimeout))
        let waiter = ConnectionWaiter(
            pool: self, deadline: now + timeout, dialBegan: dialBegan, completion: completion)
        if open < settings.most, fresh || line.isEmpty {
            dial(for: waiter)
        } else if line.count < settings.waitingMost {
            waiter.ticket = line.append(waiter)
            gauges.change(index) { $0.waiting += 1 }
            serveSoon()
        } else {
            loop.assumeIsolated().execute { waiter.end(.failure(.tooManyWaiting)) }
        }
        return waiter
    }

    private func dial(for waiter: ConnectionWaiter) {
        open += 1
        let dial = Dial(target, pool: self) { waiter.end($0) }
        waiter.follow(dial)
        dial.start(on: loop, timeout: connectTimeout)
    }

    /// A connection is closed, or a dial is over without one: another one can be made.
    func placeIsFree() {
        open -= 1
        serveSoon()
    }

    /// The waiter's place in line, if it has one, is given up.
    func leaveLine(_ waiter: ConnectionWaiter) {
        guard let ticket = waiter.ticket else { return }
        waiter.ticket = nil
        if line.remove(ticket) { gauges.change(index) { $0.waiting -= 1 } }
    }

    /// Later in this turn of the loop: what frees a place is in the middle of something, and who gets it can
    /// free one again.
    private func serveSoon() {
        guard !line.isEmpty, !isServing else { return }
        isServing = true
        loop.assumeIsolated().execute { self.serve() }
    }

    private func serve() {
        isServing = false
        while let waiter = line.first {
            if let connection = newestIdle() {
                leaveLine(waiter)
                waiter.end(.success(connection))
            } else if open < settings.most {
                leaveLine(waiter)
                dial(for: waiter)
            } else {
                break
            }
        }
        trim()
    }

    /// Takes a connection back.
    func put(_ connection: UpstreamConnection) {
        connection.idleSince = now
        idle.append(connection)
        if line.isEmpty { trim() } else { serveSoon() }
    }

    /// Closes what is more than is kept.
    private func trim() {
        let most = isClosed ? 0 : settings.idleMost
        while idle.count > most { idle.removeLast().close() }
    }

    /// Forgets a connection that is no longer usable.
    func remove(_ connection: UpstreamConnection) {
        idle.removeAll { $0 === connection }
    }

    /// Closes what was idle too long, and ends what was waited for too long.
    func tick(now: NIODeadline) {
        lookup.tick(now: now)
        // In the order of coming, which is that of the deadlines.
        while let waiter = line.first, waiter.deadline <= now {
            leaveLine(waiter)
            waiter.end(.failure(.waitedTooLong))
        }
        // The oldest are at the front.
        let old = idle.prefix { $0.idleSince + Self.idleTimeout <= now }
        guard !old.isEmpty else { return }
        idle.removeFirst(old.count)
        for connection in old { connection.close() }
    }

    /// Keeps nothing any more. Whoever waits, waits on: his request goes on like the others.
    func close() {
        isClosed = true
        if line.isEmpty { trim() }
    }
}
