import CLinux
import Foundation
import Glibc
import NIOCore

/// Accepts connections from the listeners on a thread of its own and hands each to the loop.
///
/// Not with the loop's own server channels: every worker waits on the same listeners, one connection
/// wakes them all, and those that come too late find nothing to accept. To NIO that is a broken
/// invariant (an assertion in debug builds).
///
/// One connection at most is under way to the loop, so a worker whose loop stands still takes no
/// further ones from the others.
final class Acceptor: Sendable {
    /// How long to wait when the process is out of descriptors, in milliseconds.
    private static let pauseWithoutDescriptors: Int32 = 100

    private let listeners: [Int32]
    /// A socket pair: what is written to `stopping` ends the thread.
    private let stopping: Int32
    private let stopped: Int32
    private let end: EventLoopPromise<Void>

    /// - Parameter listeners: listening sockets; they become this object's own.
    /// - Throws: `IOError`.
    init(_ listeners: [Int32], loop: any EventLoop) throws {
        var pair: [Int32] = [-1, -1]
        guard route_socketpair(0, &pair) == 0 else {
            throw IOError(errnoCode: errno, reason: "socketpair")
        }
        // They are shared with the other workers: where one is faster, accept must not block.
        for listener in listeners { _ = route_set_nonblocking(listener, 1) }
        self.listeners = listeners
        stopping = pair[0]
        stopped = pair[1]
        end = loop.makePromise(of: Void.self)
    }

    deinit {
        close(stopping)
        close(stopped)
    }

    /// Begins to accept.
    ///
    /// - Parameter deliver: called on the acceptor's thread; the connection becomes its own. The next one
    ///   is accepted when its future is over.
    func start(_ deliver: @escaping @Sendable (Int32) -> EventLoopFuture<Void>) {
        let thread = Thread { [self] in
            var isRunning = true
            while isRunning { isRunning = acceptOnce(deliver) }
            for listener in listeners { close(listener) }
            end.succeed()
        }
        thread.name = "acceptor"
        thread.stackSize = 256 * 1024
        thread.start()
    }

    /// Accepts nothing more. Succeeds once the last connection was handed over.
    func stop() -> EventLoopFuture<Void> {
        var byte: UInt8 = 1
        _ = route_send(stopping, &byte, 1)
        return end.futureResult
    }

    /// False when it is to stop.
    private func acceptOnce(_ deliver: (Int32) -> EventLoopFuture<Void>) -> Bool {
        var waits = (listeners + [stopped]).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        guard poll(&waits, nfds_t(waits.count), -1) > 0 else { return true }
        if waits.last?.revents != 0 { return false }
        for wait in waits where wait.revents != 0 {
            let connection = accept(wait.fd, nil, nil)
            if connection >= 0 {
                _ = route_set_cloexec(connection, 1)
                _ = try? deliver(connection).wait()
            } else if ![EAGAIN, EINTR, ECONNABORTED].contains(errno) {
                // Out of descriptors or memory: whatever ends frees some.
                var pause = pollfd(fd: stopped, events: Int16(POLLIN), revents: 0)
                _ = poll(&pause, 1, Self.pauseWithoutDescriptors)
            }
        }
        return true
    }
}
