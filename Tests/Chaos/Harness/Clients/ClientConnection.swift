import CChaos
import CLinux
import Glibc

/// One client: its connection, and the streams on it, one after the other.
struct ClientConnection {
    /// Where the gateway listens, and what lets a client in.
    struct Target: Sendable {
        var port: UInt16
        var path: String
        var key: String
    }

    /// A client that has waited so long waits for nothing, nanoseconds.
    static let patience: UInt64 = 120_000_000_000
    /// What one write of the gateway can hold of a stream that is not paced, or not read as it comes: what
    /// waits in its channel before it stops reading (32 KiB) and one turn of reading (4 times 16 KiB).
    static let writeBytesMax = 98_304

    private let number: Int
    private let errand: Errand
    private let target: Target
    private(set) var descriptor: Int32 = -1
    private var isConnected = false
    private var output: [UInt8] = []
    private var outputSent = 0
    /// Where each order's request ends in all that is sent.
    private var ends: [Int] = []
    private var sendFailure: Int32?
    /// Orders whose request was begun.
    private var begun = 0
    /// The order that is being answered.
    private var current = 0
    private var parser: AnswerParser
    private var hasHalfClosed = false
    private var bytesRead = 0
    private var arrivalTokens = 0
    private var connectedAt = 0
    private var startedAt: [Int] = []
    /// Monotonic nanoseconds.
    private var requestSentAt: UInt64?
    private var readAt: UInt64 = 0
    private var giveUpAt: UInt64
    private(set) var entries: [ClientEntry] = []
    private(set) var isOver = false

    init(number: Int, errand: Errand, target: Target, now: UInt64) {
        self.number = number
        self.errand = errand
        self.target = target
        parser = AnswerParser(errand.orders[0])
        giveUpAt = now + Self.patience
        connect()
    }

    private mutating func connect() {
        connectedAt = Int(route_realtime_ns())
        if startedAt.isEmpty { startedAt = [connectedAt] }
        descriptor =
            errand.isUnix
            ? chaos_connect_unix(target.path)
            : chaos_connect_tcp(target.port, Int32(errand.receiveBuffer))
        // A full backlog of a Unix socket refuses nobody: it asks for another attempt.
        if descriptor < 0, errno != EAGAIN { return end(.refused(errno)) }
        if descriptor >= 0, errand.isUnix { connected() }
    }

    private mutating func connected() {
        isConnected = true
        if errand.phase == .connected { return leave() }
        begin()
        if errand.pipelines { for _ in errand.orders.dropFirst() { begin() } }
    }

    /// Puts the next request into what is to be sent.
    private mutating func begin() {
        var bytes = errand.orders[begun].bytes(key: target.key)
        let whole = bytes.count
        if case .sent(let count) = errand.phase, begun + 1 == errand.orders.count {
            bytes = Array(bytes.prefix(min(count, whole - 1)))
        }
        if begun > 0 { startedAt.append(Int(route_realtime_ns())) }
        begun += 1
        output += bytes
        ends.append((ends.last ?? 0) + whole)
        requestSentAt = nil
    }

    // MARK: Events

    /// What poll(2) is to tell; nil: nothing for now.
    func interest(now: UInt64) -> Int16? {
        guard descriptor >= 0, !isOver else { return nil }
        guard isConnected else { return Int16(POLLOUT) }
        let wantsOut = sendFailure == nil && outputSent < output.count
        let wantsIn = readAt <= now
        guard wantsIn || wantsOut else { return nil }
        return Int16((wantsIn ? POLLIN : 0) | (wantsOut ? POLLOUT : 0))
    }

    mutating func ready(_ events: Int16, _ space: UnsafeMutableRawBufferPointer, now: UInt64) {
        guard isConnected else {
            let reason = chaos_socket_error(descriptor)
            if reason != 0 { return end(.refused(reason)) }
            connected()
            return send(now)
        }
        if events & Int16(POLLOUT) != 0 { send(now) }
        if !isOver, events & Int16(POLLIN | POLLHUP | POLLERR) != 0, readAt <= now {
            receive(space, now)
        }
    }

    /// What time alone brings.
    mutating func tick(now: UInt64) {
        guard !isOver else { return }
        if now >= giveUpAt { return end(.hung) }
        if descriptor < 0 { return connect() }
        if isConnected, isDepartureDue(now) { depart() }
    }

    private mutating func send(_ now: UInt64) {
        while !isOver, outputSent < output.count {
            let count = output.withUnsafeBytes { bytes -> Int in
                guard let base = bytes.baseAddress else { return 0 }
                return route_send(descriptor, base + outputSent, bytes.count - outputSent)
            }
            guard count >= 0 else {
                if errno == EAGAIN { return }
                // There may still be an answer to be read.
                sendFailure = errno
                return
            }
            outputSent += count
        }
        if requestSentAt == nil, outputSent == output.count { requestSentAt = now }
        if !isOver, isDepartureDue(now) { depart() }
    }

    private mutating func receive(_ space: UnsafeMutableRawBufferPointer, _ now: UInt64) {
        let before = parser.tokens
        let answer = current
        var rest = errand.readPause > 0 ? 1 : 8
        var isAtEnd = false
        var failure: Int32?
        while !isOver, rest > 0, !isAtEnd, failure == nil {
            rest -= 1
            let size = min(space.count, errand.readSize)
            guard let base = space.baseAddress else { return }
            let count = route_consume(descriptor, base, size)
            if count > 0 {
                take(UnsafeRawBufferPointer(rebasing: space[..<count]))
            } else {
                isAtEnd = count == 0
                if count < 0 { failure = errno }
            }
        }
        if isOver { return }
        noteArrival(before, answer)
        if isAtEnd { return endOfFile() }
        if let failure, failure != EAGAIN { return end(.reset(failure)) }
        if errand.readPause > 0 { readAt = now + UInt64(errand.readPause) * 1_000 }
        // Who wanted to leave by now leaves, even if the answer is whole.
        if isDepartureDue(now) { return depart() }
        if parser.isBroken { return end(.endOfFile) }
        while parser.isWhole, !isOver { answerOver() }
    }

    private mutating func noteArrival(_ before: Int, _ answer: Int) {
        let arrived = parser.tokens - (answer == current ? before : 0)
        if arrived > 0 { arrivalTokens = arrived }
    }

    /// Follows what came, over the ends of answers where requests were pipelined.
    private mutating func take(_ bytes: UnsafeRawBufferPointer) {
        bytesRead += bytes.count
        var rest = bytes
        while true {
            let count = parser.take(rest)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            guard !rest.isEmpty else { return }
            // What comes behind the last answer is nobody's.
            guard parser.isWhole, current + 1 < begun, !isOver else {
                return end(.endOfFile, miscounted: "\(rest.count) bytes behind the answer")
            }
            answerOver()
        }
    }

    private mutating func answerOver() {
        entries.append(entry(current, .complete))
        current += 1
        arrivalTokens = 0
        let keepsAlive = parser.keepsAlive
        guard current < errand.orders.count else { return finish() }
        parser = AnswerParser(errand.orders[current])
        guard keepsAlive else { return finish() }
        if begun == current { begin() }
    }

    private mutating func endOfFile() {
        parser.connectionEnded()
        if let sendFailure, !parser.isWhole { return end(.reset(sendFailure)) }
        guard parser.isWhole else { return end(.endOfFile) }
        entries.append(entry(current, .complete))
        current += 1
        if current < errand.orders.count { parser = AnswerParser(errand.orders[current]) }
        finish()
    }

    // MARK: The end

    /// Nothing is wanted any more; requests behind an answer that ends the connection stay unanswered.
    private mutating func finish() {
        guard !isOver else { return }
        if current < begun { return end(.endOfFile) }
        close()
    }

    private mutating func end(_ end: ClientEntry.End, miscounted: String? = nil) {
        guard !isOver else { return }
        let last = max(begun, 1)
        for index in current..<max(last, current) { entries.append(entry(index, end)) }
        if let miscounted, !entries.isEmpty { entries[entries.count - 1].miscounted = miscounted }
        close()
    }

    private mutating func close() {
        isOver = true
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    private func entry(_ index: Int, _ end: ClientEntry.End) -> ClientEntry {
        let order = errand.orders[index]
        var entry = ClientEntry(
            order: order, kind: errand.kind, isUnix: errand.isUnix, connection: number,
            isReused: index > 0)
        entry.connectedAt = connectedAt
        entry.startedAt = index < startedAt.count ? startedAt[index] : connectedAt
        entry.endedAt = Int(route_realtime_ns())
        entry.end = end
        entry.leftByReset = end == .left && errand.manner == .reset && !errand.isUnix
        entry.isSent = index < ends.count && outputSent >= ends[index]
        guard index == current else { return entry }
        entry.status = parser.status
        entry.tokens = parser.tokensAtMost
        entry.bodyBytes = parser.bodyBytes
        entry.sawTerminal = parser.sawTerminal
        entry.isWhole = parser.isWhole
        entry.isPaced = order.interval > 0 && errand.readPause == 0
        let bound = Self.writeBytesMax * entry.tokens / max(1, entry.bodyBytes)
        entry.writeTokens = entry.isPaced ? arrivalTokens : max(arrivalTokens, bound)
        return entry
    }
}

// MARK: Leaving

extension ClientConnection {
    private func isDepartureDue(_ now: UInt64) -> Bool {
        guard let phase = errand.phase, !hasHalfClosed, current + 1 == errand.orders.count else {
            return false
        }
        switch phase {
        case .connected: return true
        case .sent: return outputSent == output.count
        case .waited(let microseconds):
            return requestSentAt.map { now >= $0 + UInt64(microseconds) * 1_000 } ?? false
        case .head: return parser.status != nil
        case .tokens(let count): return parser.tokens >= count
        case .terminal: return parser.sawTerminal
        }
    }

    private mutating func depart() {
        guard errand.manner == .half else { return leave() }
        hasHalfClosed = true
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Leaves, so that what the kernel has taken by then is known to the byte: first nothing more is taken,
    /// then what lies unread is read, then the connection ends.
    private mutating func leave() {
        let resets = errand.manner == .reset && !errand.isUnix
        if resets {
            // A socket that is shut would go on acknowledging; one that drops every segment does not.
            if chaos_drop_incoming(descriptor) != 0 {
                return end(.left, miscounted: "no filter: \(errno)")
            }
        } else {
            // To the peer this is close(2): a FIN, and a reset for whatever it sends from now on.
            shutdown(descriptor, Int32(SHUT_RDWR))
        }
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 16) { space in
            let before = parser.tokens
            while !isOver, let base = space.baseAddress {
                let count = route_consume(descriptor, base, space.count)
                guard count > 0 else { break }
                take(UnsafeRawBufferPointer(rebasing: space[..<count]))
            }
            noteArrival(before, current)
        }
        guard !isOver else { return }
        var received: UInt64 = 0
        var miscounted: String?
        if !errand.isUnix, chaos_bytes_received(descriptor, &received) == 0 {
            let unread = Int(received) - bytesRead
            // The peer's FIN counts as a byte.
            if unread < 0 || unread > 1 { miscounted = "\(unread) bytes received and not read" }
        }
        if resets { _ = chaos_reset_on_close(descriptor) }
        end(.left, miscounted: miscounted)
    }
}
