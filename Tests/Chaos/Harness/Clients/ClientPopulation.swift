import CLinux
import Foundation
import Synchronization

/// All clients, on one thread: as one goes, the next comes, until there were enough.
final class ClientPopulation: Sendable {
    struct State: Sendable {
        /// Streams whose client has ended.
        var ended = 0
        /// Streams of these and of those under way.
        var begun = 0
        var connections = 0
        /// No further client comes.
        var isClosing = false
        /// The last one has gone.
        var isOver = false
        var entries: [ClientEntry] = []
    }

    let state = Mutex(State())
    private let target: ClientConnection.Target
    private let atOnce: Int

    init(target: ClientConnection.Target, atOnce: Int) {
        self.target = target
        self.atOnce = atOnce
    }

    /// Lets them come.
    func start(seed: UInt64) {
        Thread.detachNewThread { [self] in
            var maker = ErrandMaker(seed: seed)
            withUnsafeTemporaryAllocation(byteCount: 262_144, alignment: 16) {
                run(&maker, $0)
            }
        }
    }

    /// No further client comes.
    func close() { state.withLock { $0.isClosing = true } }

    private func run(_ maker: inout ErrandMaker, _ space: UnsafeMutableRawBufferPointer) {
        var connections: [ClientConnection] = []
        var polls: [pollfd] = []
        while true {
            fill(&connections, &maker)
            if connections.isEmpty, state.withLock({ $0.isClosing }) { break }
            let now = route_monotonic_ns()
            polls.removeAll(keepingCapacity: true)
            for connection in connections {
                let interest = connection.interest(now: now)
                polls.append(
                    pollfd(
                        fd: interest == nil ? -1 : connection.descriptor, events: interest ?? 0,
                        revents: 0))
            }
            _ = poll(&polls, nfds_t(polls.count), 2)
            let after = route_monotonic_ns()
            for index in connections.indices {
                if polls[index].revents != 0 {
                    connections[index].ready(polls[index].revents, space, now: after)
                }
                connections[index].tick(now: after)
            }
            collect(&connections)
        }
        state.withLock { $0.isOver = true }
    }

    private func fill(_ connections: inout [ClientConnection], _ maker: inout ErrandMaker) {
        var numbers = state.withLock { ($0.connections, $0.begun, $0.isClosing) }
        guard !numbers.2 else { return }
        while connections.count < atOnce {
            let errand = maker.next()
            numbers.0 += 1
            numbers.1 += errand.orders.count
            connections.append(
                ClientConnection(
                    number: numbers.0, errand: errand, target: target, now: route_monotonic_ns()))
        }
        state.withLock { ($0.connections, $0.begun) = (numbers.0, numbers.1) }
    }

    private func collect(_ connections: inout [ClientConnection]) {
        let over = connections.filter(\.isOver)
        guard !over.isEmpty else { return }
        connections.removeAll(where: \.isOver)
        state.withLock { state in
            for connection in over {
                state.entries += connection.entries
                state.ended += connection.entries.count
            }
        }
    }
}
