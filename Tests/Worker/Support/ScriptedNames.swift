import Dispatch
import NIOCore
import Synchronization

@testable import Worker

/// A name server whose answer the test sets, and that counts how often it is asked.
final class ScriptedNames: Sendable {
    private struct State {
        var hosts: [UInt8]?
        var asked = 0
        var holds = false
    }

    private let state: Mutex<State>
    private let released = DispatchSemaphore(value: 0)

    /// - Parameter hosts: the last bytes of addresses 127.0.0.x.
    init(_ hosts: [UInt8]) { state = Mutex(State(hosts: hosts)) }

    /// Look-ups that have begun.
    var asked: Int { state.withLock { $0.asked } }

    /// From now on these are the addresses; none: there is no such name; nil: nobody can tell.
    func answer(_ hosts: [UInt8]?) { state.withLock { $0.hosts = hosts } }

    /// From now on nobody is answered, until `release`.
    func hold() { state.withLock { $0.holds = true } }

    /// Answers the one that waits, and all later ones.
    func release() {
        state.withLock { $0.holds = false }
        released.signal()
    }

    var resolve: NameLookup.Resolve {
        { [self] _, port in
            let waits = state.withLock { state in
                state.asked += 1
                return state.holds
            }
            if waits { released.wait() }
            return state.withLock(\.hosts)?.compactMap {
                try? SocketAddress(ipAddress: "127.0.0.\($0)", port: port)
            }
        }
    }
}
