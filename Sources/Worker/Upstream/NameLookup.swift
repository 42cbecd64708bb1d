import Diagnostics
import Foundation
import Glibc
import NIOCore

/// Looks a provider's name up, once for all who wait for it at the time.
///
/// getaddrinfo(3) cannot be called off, and may take half a minute where no name server answers. So it
/// runs on a thread of its own, one for each provider at most, and no other provider waits behind it.
/// Whoever stops waiting is forgotten at once; the thread that is left is shown as `lookups` in the gauge.
final class NameLookup {
    /// The addresses of a name, in the order in which they are to be tried; none where there is no such name.
    typealias Resolve = @Sendable (_ host: String, _ port: Int) -> [SocketAddress]

    private let host: String
    private let port: Int
    private let loop: any EventLoop
    private let resolve: Resolve
    private var waiting: [Int: ([SocketAddress]) -> Void] = [:]
    private var lastTicket = 0
    private var isRunning = false
    /// Called when a look-up begins and when it returns.
    private let noteRunning: (Bool) -> Void

    init(
        host: String, port: Int, loop: any EventLoop, resolve: @escaping Resolve,
        noteRunning: @escaping (Bool) -> Void
    ) {
        self.host = host
        self.port = port
        self.loop = loop
        self.resolve = resolve
        self.noteRunning = noteRunning
    }

    /// Calls the closure, later, with the addresses.
    ///
    /// - Returns: a ticket for `forget`.
    func addresses(_ completion: @escaping ([SocketAddress]) -> Void) -> Int {
        lastTicket += 1
        waiting[lastTicket] = completion
        if !isRunning { run() }
        return lastTicket
    }

    /// The closure is let go of and never called.
    func forget(_ ticket: Int) { waiting[ticket] = nil }

    private func run() {
        isRunning = true
        noteRunning(true)
        let bound = NIOLoopBound(self, eventLoop: loop)
        let thread = Thread { [host, port, loop, resolve] in
            try? CrashGuard.protectThread(isEventLoop: false)
            let found = resolve(host, port)
            loop.execute { bound.value.returned(found) }
        }
        thread.name = "name look-up"
        thread.stackSize = 512 * 1024
        thread.start()
    }

    private func returned(_ addresses: [SocketAddress]) {
        isRunning = false
        noteRunning(false)
        let all = waiting.sorted { $0.key < $1.key }
        waiting = [:]
        for (_, completion) in all { completion(addresses) }
    }

    /// Asks the system. Blocks.
    static let system: Resolve = { host, port in
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_protocol = Int32(IPPROTO_TCP)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &first) == 0 else { return [] }
        defer { freeaddrinfo(first) }
        var found: [SocketAddress] = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ai_next
            guard let address = entry.ai_addr else { continue }
            let raw = UnsafeRawPointer(address)
            switch entry.ai_family {
            case AF_INET: found.append(SocketAddress(raw.load(as: sockaddr_in.self), host: host))
            case AF_INET6: found.append(SocketAddress(raw.load(as: sockaddr_in6.self), host: host))
            default: continue
            }
        }
        return found
    }
}
