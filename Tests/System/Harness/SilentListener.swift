import CLinux
import Foundation
import Glibc

/// Accepts connections, reads what comes, and never says a word; notes when each connection ends.
final class SilentListener {
    /// A connection, as its accepting side sees it. Times are those of `Clock`.
    struct Visit: Sendable {
        /// When its first bytes came.
        var spokeAt: Int?
        var endedAt: Int?
    }

    let port: Int
    /// In the order in which they were accepted.
    let visits = Observed<[Visit]>([])
    private let stopping: Int32

    /// - Throws: `SystemFailure`.
    init() throws {
        let listener = try Loopback.listen()
        port = listener.port
        var pipe: [Int32] = [-1, -1]
        guard Glibc.pipe(&pipe) == 0 else { throw SystemFailure.call("pipe") }
        for end in pipe { _ = route_set_cloexec(end, 1) }
        stopping = pipe[1]
        let visits = visits
        let stopped = pipe[0]
        Thread.detachNewThread {
            Self.listen(listener.descriptor, until: stopped, visits)
            close(stopped)
        }
    }

    deinit { close(stopping) }

    private static func listen(
        _ listener: Int32, until stopped: Int32, _ visits: Observed<[Visit]>
    ) {
        var connections: [Int32] = []
        defer {
            close(listener)
            for connection in connections where connection >= 0 { close(connection) }
        }
        var space = [UInt8](repeating: 0, count: 65_536)
        while true {
            var entries = ([stopped, listener] + connections).map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            guard poll(&entries, nfds_t(entries.count), -1) > 0 else { continue }
            if entries[0].revents != 0 { return }
            for (index, entry) in entries.dropFirst(2).enumerated() where entry.revents != 0 {
                let count = recv(connections[index], &space, space.count, Int32(MSG_DONTWAIT))
                if count < 0, errno == EAGAIN { continue }
                visits.update { all in
                    if count > 0 {
                        all[index].spokeAt = all[index].spokeAt ?? Clock.now
                    } else {
                        all[index].endedAt = Clock.now
                    }
                }
                guard count <= 0 else { continue }
                close(connections[index])
                // poll(2) passes over it.
                connections[index] = -1
            }
            guard entries[1].revents != 0 else { continue }
            connections.append(accept(listener, nil, nil))
            visits.update { $0.append(Visit()) }
        }
    }
}
