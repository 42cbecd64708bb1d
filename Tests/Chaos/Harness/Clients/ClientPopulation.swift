import CLinux
import Foundation
import Synchronization

/// All clients, on one thread: as one goes, the next comes, until there were enough.
final class ClientPopulation: Sendable {
    struct State: Sendable {
        /// Streams whose client has ended.
        var ended = 0
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
        let (connected, isClosing) = state.withLock { ($0.connections, $0.isClosing) }
        guard !isClosing else { return }
        var number = connected
        while connections.count < atOnce {
            number += 1
            connections.append(
                ClientConnection(
                    number: number, errand: maker.next(), target: target, now: route_monotonic_ns())
            )
        }
        state.withLock { $0.connections = number }
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
