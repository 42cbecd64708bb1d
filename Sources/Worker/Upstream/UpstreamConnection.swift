import Glibc
import IPC
import NIOCore
import NIOSSL
import NIOTLS
import WireFormat

/// One connection to a provider: idle in the pool, or at the service of one exchange.
final class UpstreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case connecting
        case idle
        case awaitingHead(any AnswerConsumer, received: ByteBuffer)
        case inBody(any AnswerConsumer)
        case closed
    }

    /// What an open connection is counted as.
    enum Use: Equatable {
        case dialling
        case idle
        case inUse

        /// The number in the gauge.
        var count: WritableKeyPath<ProviderGauge, Int> {
            switch self {
            case .dialling: \.dialling
            case .idle: \.idle
            case .inUse: \.inUse
            }
        }
    }

    /// Memory for a read, bytes: it is kept for as long as a stream is open.
    static let streamReads = AdaptiveRecvByteBufferAllocator(
        minimum: 1024, initial: 2048, maximum: 16384)
    /// For an answer in one piece: most come in one read, head and all.
    private static let documentReads = AdaptiveRecvByteBufferAllocator(
        minimum: 1024, initial: 8192, maximum: 16384)

    private let pool: UpstreamPool
    private var dial: Dial?
    private var readsStream = true
    private var state = State.connecting { didSet { count() } }
    /// As what it is counted now; nil while there is no socket.
    private var use: Use?
    /// It is one of those that the pool allows, and not a dial's attempt.
    private var hasPlace = false
    /// It has been given a request before.
    private(set) var hasServed = false
    private var context: ChannelHandlerContext?
    private var sawError = false
    private(set) var hasHandshaken = false
    /// TCP is connected, and of several candidates this is the one that is used.
    var isChosen = false
    /// Set while the connection lies in the pool.
    var idleSince = NIODeadline.uptimeNanoseconds(0)

    init(pool: UpstreamPool, dial: Dial) {
        self.pool = pool
        self.dial = dial
    }

    /// It can take a request.
    var isUsable: Bool {
        if case .idle = state { return context?.channel.isActive ?? false }
        return false
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        count()
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Also where the connection was never made, and so never became inactive.
    func channelUnregistered(context: ChannelHandlerContext) { state = .closed }

    /// Keeps the gauge in step with the state.
    private func count() {
        let now: Use? =
            switch state {
            case .connecting: .dialling
            case .idle: .idle
            case .awaitingHead, .inBody: .inUse
            case .closed: nil
            }
        guard now != use else { return }
        pool.moved(from: use, to: now)
        use = now
        guard now == nil, hasPlace else { return }
        hasPlace = false
        pool.placeIsFree()
    }

    /// The dial is over, and its place in the pool is the connection's. False where it has ended already.
    func becomeReady() -> Bool {
        guard case .connecting = state else { return false }
        dial = nil
        hasPlace = true
        state = .idle
        return true
    }

    /// Sends a request; the answer goes to the exchange.
    ///
    /// - Parameter asStream: whether the answer comes in small reads, for which less memory is kept.
    func send(
        _ request: ProviderRequest, to target: ProviderTarget, asStream: Bool,
        for exchange: any AnswerConsumer
    ) {
        guard let context, isUsable else { return }
        if asStream != readsStream {
            readsStream = asStream
            try? context.channel.syncOptions?.setOption(
                .recvAllocator, value: asStream ? Self.streamReads : Self.documentReads)
        }
        hasServed = true
        state = .awaitingHead(exchange, received: ByteBuffer())
        context.write(wrapOutboundOut(request.head(for: target)), promise: nil)
        let secret = request.headEnd(for: target)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in Self.wipe(secret) }
        context.write(wrapOutboundOut(secret), promise: written)
        context.writeAndFlush(wrapOutboundOut(request.body), promise: nil)
    }

    /// Overwrites a buffer that nobody reads any more: memory that is given back keeps what it held.
    private static func wipe(_ buffer: ByteBuffer) {
        buffer.withVeryUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            explicit_bzero(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
    }

    /// Ends the connection now; the exchange hears nothing any more.
    ///
    /// One that is being made or is at work is reset. An orderly end would stand in line behind the bytes
    /// that the provider has not read yet, and one that does not read would never learn of it.
    func close() {
        if case .idle = state { end(byReset: false) } else { end(byReset: true) }
    }

    private func end(byReset: Bool) {
        if case .closed = state { return }
        state = .closed
        dial = nil
        guard let context else { return }
        if byReset { resetOnClose(context) }
        // A TLS handler would first wait for the peer to agree; an aborted stream must not.
        let tls = try? context.pipeline.syncOperations.context(
            handlerType: NIOSSLClientHandler.self)
        (tls ?? context).close(mode: .all, promise: nil)
    }

    private func resetOnClose(_ context: ChannelHandlerContext) {
        _ = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { descriptor in
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
    }

    /// The answer is through: back into the pool if it can be used again.
    func release(reusable: Bool) {
        guard case .inBody = state else { return close() }
        let isWritten = isWritten
        guard reusable, !sawError, isWritten, let context else { return end(byReset: !isWritten) }
        state = .idle
        setReading(true)
        guard context.channel.isActive else { return end(byReset: false) }
        pool.put(self)
    }

    /// Whether the request is wholly in the kernel's hands.
    private var isWritten: Bool {
        guard let options = context?.channel.syncOptions else { return false }
        return ((try? options.getOption(.bufferedWritableBytes)) ?? 0) == 0
    }

    /// From now on the answer goes to another consumer.
    ///
    /// - Returns: false where there will be no answer: the request is not wholly sent, or it was over.
    func handOver(to consumer: any AnswerConsumer) -> Bool {
        guard context != nil, isWritten else { return false }
        switch state {
        case .awaitingHead(_, let received): state = .awaitingHead(consumer, received: received)
        case .inBody: state = .inBody(consumer)
        case .connecting, .idle, .closed: return false
        }
        setReading(true)
        return true
    }

    /// Stops or goes on reading: how a slow client slows its provider.
    func setReading(_ on: Bool) {
        try? context?.channel.syncOptions?.setOption(.autoRead, value: on)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let read = unwrapInboundIn(data)
        switch state {
        case .inBody(let exchange): exchange.bodyArrived(read)
        case .awaitingHead(let exchange, var received):
            state = .awaitingHead(exchange, received: ByteBuffer())
            if received.readableBytes == 0 {
                received = read
            } else {
                received.writeImmutableBuffer(read)
            }
            takeHeads(from: received, for: exchange)
        case .idle, .connecting:
            // Nobody asked: whatever it is, no next answer may begin with it.
            pool.remove(self)
            close()
        case .closed: return
        }
    }

    private func takeHeads(from received: ByteBuffer, for exchange: any AnswerConsumer) {
        var received = received
        while true {
            do throws(ResponseHead.Failure) {
                let head = try received.withUnsafeReadableBytes {
                    bytes throws(ResponseHead.Failure) in try ResponseHead.parse(bytes)
                }
                guard let head else {
                    state = .awaitingHead(exchange, received: received)
                    return
                }
                received.moveReaderIndex(forwardBy: head.size)
                if head.status == 101 { return fail(exchange, .badHead) }
                if head.status < 200 { continue }
                state = .inBody(exchange)
                exchange.headArrived(head, from: self)
                if received.readableBytes > 0, case .inBody(let current) = state,
                    current === exchange
                {
                    exchange.bodyArrived(received)
                }
                return
            } catch {
                return fail(exchange, .badHead)
            }
        }
    }

    private func fail(_ exchange: any AnswerConsumer, _ failure: RelayFailure) {
        close()
        exchange.providerLost(failure)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        switch state {
        case .inBody(let exchange), .awaitingHead(let exchange, _): exchange.readCompleted()
        case .idle, .connecting, .closed: return
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent {
            hasHandshaken = true
            dial?.handshaken(self)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        sawError = true
        // What the error says may quote the peer; its kind is all that is used.
        if case .closed = state { return }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let before = state
        state = .closed
        switch before {
        case .connecting:
            let dial = self.dial
            self.dial = nil
            dial?.lost(self, tlsFailed: sawError || !hasHandshaken)
        case .idle: pool.remove(self)
        case .awaitingHead(let exchange, let received):
            exchange.providerLost(received.readableBytes == 0 ? .providerClosed : .badHead)
        case .inBody(let exchange): exchange.providerClosed(cleanly: !sawError)
        case .closed: return
        }
    }
}
