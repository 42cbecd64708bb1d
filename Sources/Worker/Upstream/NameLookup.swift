import Diagnostics
import Foundation
import Glibc
import IPC
import NIOCore

/// Looks a provider's name up, once for all who wait for it at the time, and keeps what was found for a while.
///
/// getaddrinfo(3) cannot be called off, and may take half a minute where no name server answers. So it
/// runs on a thread of its own, one for each provider at most, and no other provider waits behind it.
/// Whoever stops waiting is forgotten at once; the thread that is left is shown as `lookups` in the gauge.
///
/// It does not tell the name's own time to live either, so how long addresses are kept is a setting. Where no
/// answer comes afterwards, or none soon, the old addresses serve on for a while (RFC 8767). That there is no
/// such name is an answer: it ends the old addresses (§4), and is not kept itself.
final class NameLookup {
    /// The addresses of a name, in the order in which they are to be tried; none where there is no such name,
    /// nil where nobody could tell.
    typealias Resolve = @Sendable (_ host: String, _ port: Int) -> [SocketAddress]?

    /// What a look-up found.
    struct Found {
        var addresses: [SocketAddress] = []
        /// The look-up's number.
        var number = 0
    }

    private struct Kept {
        var found: Found
        /// Until then nobody is asked.
        var freshUntil: NIODeadline
        /// Until then it is better than no answer.
        var usableUntil: NIODeadline
    }

    /// How long addresses may serve from when they were found, if no newer ones are to be had.
    static let usableTime = TimeAmount.hours(1)
    /// How long an answer is waited for while there are old addresses.
    static let patience = TimeAmount.seconds(2)
    /// From a look-up without an answer to the next one, while there are old addresses.
    static let retryInterval = TimeAmount.seconds(1)

    private let host: String
    private let port: Int
    private let lifetime: TimeAmount
    private let loop: any EventLoop
    private let clock: Clock
    private let resolve: Resolve
    private var waiting: [Int: (Found) -> Void] = [:]
    private var lastTicket = 0
    private var isRunning = false
    /// When the one that runs, or ran last, began.
    private var begun = NIODeadline.uptimeNanoseconds(0)
    private var lastNumber = 0
    private var kept: Kept?
    /// Called when a look-up begins and when it returns.
    private let noteRunning: (Bool) -> Void

    /// - Parameter lifetime: how long addresses serve before they are asked for again; zero: once.
    init(
        host: String, port: Int, lifetime: TimeAmount, loop: any EventLoop, clock: Clock,
        resolve: @escaping Resolve, noteRunning: @escaping (Bool) -> Void
    ) {
        self.host = host
        self.port = port
        self.lifetime = lifetime
        self.loop = loop
        self.clock = clock
        self.resolve = resolve
        self.noteRunning = noteRunning
    }

    private var now: NIODeadline { .uptimeNanoseconds(clock.monotonic) }

    /// The addresses that can be used without waiting; nil where there are none.
    var current: Found? {
        let now = self.now
        if let kept, now < kept.freshUntil { return kept.found }
        return overdue(now)
    }

    /// The old addresses, where newer ones have been waited for too long.
    private func overdue(_ now: NIODeadline) -> Found? {
        guard isRunning, let kept, now >= begun + Self.patience, now < kept.usableUntil
        else { return nil }
        return kept.found
    }

    /// Asks; calls the closure, later, with the answer.
    ///
    /// - Returns: a ticket for `forget`.
    func ask(_ completion: @escaping (Found) -> Void) -> Int {
        lastTicket += 1
        waiting[lastTicket] = completion
        if !isRunning { run() }
        return lastTicket
    }

    /// The closure is let go of and never called.
    func forget(_ ticket: Int) { waiting[ticket] = nil }

    /// None of the addresses leads to the provider: they are not used again.
    func drop(_ found: Found) {
        if kept?.found.number == found.number { kept = nil }
    }

    /// Those who have waited too long get the old addresses.
    func tick(now: NIODeadline) {
        guard !waiting.isEmpty, let found = overdue(now) else { return }
        answer(found)
    }

    private func run() {
        isRunning = true
        begun = now
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

    private func returned(_ addresses: [SocketAddress]?) {
        isRunning = false
        noteRunning(false)
        answer(keep(addresses))
    }

    /// Enters what a look-up returned; what is to be used from now on.
    private func keep(_ addresses: [SocketAddress]?) -> Found {
        let now = self.now
        if let addresses {
            lastNumber += 1
            let found = Found(addresses: addresses, number: lastNumber)
            kept =
                lifetime > .zero && !addresses.isEmpty
                ? Kept(
                    found: found, freshUntil: now + lifetime,
                    usableUntil: now + max(lifetime, Self.usableTime)) : nil
            return found
        }
        guard var old = kept, now < old.usableUntil else {
            kept = nil
            return Found()
        }
        old.freshUntil = min(now + Self.retryInterval, old.usableUntil)
        kept = old
        return old.found
    }

    private func answer(_ found: Found) {
        let all = waiting.sorted { $0.key < $1.key }
        waiting = [:]
        for (_, completion) in all { completion(found) }
    }

    /// The name exists and has no address. GNU's EAI_NODATA, which Swift does not import (netdb.h).
    private static let noData: Int32 = -5

    /// Asks the system. Blocks.
    static let system: Resolve = { host, port in
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_protocol = Int32(IPPROTO_TCP)
        var first: UnsafeMutablePointer<addrinfo>?
        switch getaddrinfo(host, String(port), &hints, &first) {
        case 0: break
        case EAI_NONAME, noData: return []
        default: return nil
        }
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
