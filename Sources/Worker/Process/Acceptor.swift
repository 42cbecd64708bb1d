import CLinux
import Diagnostics
import Foundation
import Glibc
import NIOCore
import Synchronization

/// Accepts connections from the listeners on a thread of its own and hands each to the loop.
///
/// Not with the loop's own server channels: every worker waits on the same listeners, one connection
/// wakes them all, and those that come too late find nothing to accept. To NIO that is a broken
/// invariant (an assertion in debug builds).
///
/// One connection at most is under way to the loop, so a worker whose loop stands still takes no
/// further ones from the others.
final class Acceptor: Sendable {
    /// A listening socket, and what its clients speak.
    struct Listener: Sendable {
        let descriptor: Int32
        let usesTLS: Bool
    }

    /// How long to wait when the process is out of descriptors, in milliseconds.
    private static let pauseWithoutDescriptors: Int32 = 100

    private let loop: any EventLoop
    private let task: Task
    /// The other end of `task.stopped`: its end is the thread's.
    private let stopping: Int32

    /// - Parameter listeners: listening sockets; they become this object's own once it starts.
    /// - Throws: `IOError`.
    init(_ listeners: [Listener], loop: any EventLoop) throws {
        var pair: [Int32] = [-1, -1]
        guard route_socketpair(0, &pair) == 0 else {
            throw IOError(errnoCode: errno, reason: "socketpair")
        }
        // They are shared with the other workers: where one is faster, accept must not block.
        for listener in listeners { _ = route_set_nonblocking(listener.descriptor, 1) }
        self.loop = loop
        stopping = pair[0]
        task = Task(listeners: listeners, stopped: pair[1])
    }

    deinit { close(stopping) }

    /// Begins to accept.
    ///
    /// - Parameter adopt: called on the loop with a connection, which becomes its own, and whether it is
    ///   one of TLS. The next one is accepted when its future is over.
    func start(_ adopt: @escaping @Sendable (Int32, Bool) -> EventLoopFuture<Void>) {
        let task = task
        let loop = loop
        let thread = Thread {
            try? CrashGuard.protectThread(isEventLoop: false)
            let adopted = DispatchSemaphore(value: 0)
            task.run { connection, usesTLS in
                loop.execute {
                    adopt(connection, usesTLS).assumeIsolated().whenComplete { _ in adopted.signal()
                    }
                }
                adopted.wait()
            }
        }
        thread.name = "acceptor"
        thread.stackSize = 256 * 1024
        thread.start()
    }

    /// Accepts nothing more.
    ///
    /// - Parameter completion: called on the loop once the last connection was handed over.
    func stop(_ completion: @escaping @Sendable () -> Void) {
        shutdown(stopping, Int32(SHUT_RDWR))
        let loop = loop
        // No promise: a loop that is shut down would never keep it.
        task.whenOver { loop.execute(completion) }
    }

    /// What the thread does; it does not hold the acceptor.
    private final class Task: Sendable {
        private struct State {
            var isOver = false
            var completion: (@Sendable () -> Void)?
        }

        private let listeners: [Listener]
        private let stopped: Int32
        private let end = Mutex(State())

        init(listeners: [Listener], stopped: Int32) {
            self.listeners = listeners
            self.stopped = stopped
        }

        deinit { close(stopped) }

        func run(_ deliver: (Int32, Bool) -> Void) {
            while acceptOnce(deliver) {}
            for listener in listeners { close(listener.descriptor) }
            let completion = end.withLock { state in
                state.isOver = true
                return state.completion
            }
            completion?()
        }

        /// Called once at most.
        func whenOver(_ completion: @escaping @Sendable () -> Void) {
            let isOver = end.withLock { state in
                state.completion = completion
                return state.isOver
            }
            if isOver { completion() }
        }

        /// False when it is to stop.
        private func acceptOnce(_ deliver: (Int32, Bool) -> Void) -> Bool {
            var waits = (listeners.map(\.descriptor) + [stopped]).map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            guard poll(&waits, nfds_t(waits.count), -1) > 0 else { return true }
            if waits.last?.revents != 0 { return false }
            for (wait, listener) in zip(waits, listeners) where wait.revents != 0 {
                let connection = accept(wait.fd, nil, nil)
                if connection >= 0 {
                    _ = route_set_cloexec(connection, 1)
                    deliver(connection, listener.usesTLS)
                } else if ![EAGAIN, EINTR, ECONNABORTED].contains(errno) {
                    // Out of descriptors or memory: whatever ends frees some.
                    var pause = pollfd(fd: stopped, events: Int16(POLLIN), revents: 0)
                    _ = poll(&pause, 1, Acceptor.pauseWithoutDescriptors)
                }
            }
            return true
        }
    }
}
