import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import Secrets
import WireFormat

/// One request of an HTTP/2 connection, and what its exchange writes to.
///
/// A client that resets the stream has left. The end of its sending side is that of its request.
final class HTTP2Stream {
    enum State {
        /// The body arrives.
        case receiving(IncomingRequest)
        /// An answer of our own is out, or on its way.
        case answered
        case exchanging(Exchange)
        case closed
    }

    let id: HTTP2StreamID
    let core: WorkerCore
    /// Gone with the connection.
    weak var connection: HTTP2Connection?
    var state = State.answered
    var deadline: NIODeadline
    let isHead: Bool

    // The request.
    /// Bytes that the client may send on the stream at present.
    private var window = HTTP2Limits.streamWindow
    /// The client has sent its end.
    var isRequestOver = false

    // The answer.
    var offsets = StreamOffsets()
    private(set) var bytesWritten: UInt64 = 0
    /// Nothing more of the answer will be written.
    private(set) var isAnswerOver = false
    /// The frame that ends the stream went out.
    private var isEndFramed = false
    /// How the stream is reset, once the answer has gone out.
    private var resetCode: HTTP2ErrorCode?
    /// It was reset, by either side, or both have ended it.
    private(set) var isOver = false
    /// So much waits for the client's windows that the provider is not read from.
    private var isStuffed = false
    /// What is called once the kernel has so many bytes of the answer.
    private var waiters: [(end: UInt64, body: () -> Void)] = []

    init(_ id: HTTP2StreamID, on connection: HTTP2Connection, isHead: Bool) {
        self.id = id
        self.connection = connection
        self.isHead = isHead
        core = connection.core
        deadline = core.now + .milliseconds(Int64(core.limits.bodyTimeout))
    }

    /// Bytes of a body that is still arriving.
    var bodyHeld: Int {
        if case .receiving(let request) = state { return request.body.readableBytes }
        return 0
    }

    var exchange: Exchange? {
        if case .exchanging(let exchange) = state { return exchange }
        return nil
    }

    // MARK: Events

    /// The client resets the stream, or the connection ends. Its acknowledgements can still be read.
    func clientGone() {
        let before = state
        state = .closed
        isOver = true
        waiters = []
        if case .exchanging(let exchange) = before { exchange.clientGone() }
        connection?.remove(self)
    }

    /// The protocol has done with the stream.
    func wasClosed(byReset: Bool) {
        isOver = true
        // What of the answer is on its way may still arrive, and nothing else is awaited of the client.
        if byReset, resetCode == nil { return clientGone() }
        if case .answered = state { finish() }
    }

    /// What the client may send on the stream changed.
    func windowChanged(to size: Int) {
        window = size
        grant()
    }

    /// Lets the client go on sending, where there is room for more.
    func grant() {
        guard case .receiving = state, !isRequestOver, !isOver,
            window <= HTTP2Limits.streamWindow / 2, let connection, connection.hasRoom(for: self)
        else { return }
        let increment = HTTP2Limits.streamWindow - window
        window += increment
        connection.send(.windowUpdate(windowSizeIncrement: increment), on: id)
    }

    func tick(now: NIODeadline) {
        exchange?.tick(now: now)
        guard now >= deadline else { return }
        switch state {
        case .receiving(let request): refuse(.requestTimedOut, request.endpoint.dialect.family)
        case .answered:
            // The client does not read the little there is.
            resetCode = .cancel
            reset()
            finish()
        case .exchanging, .closed: return
        }
    }

    /// The drain time is over.
    func drainDeadline() {
        switch state {
        case .receiving(let request): refuse(.shuttingDown, request.endpoint.dialect.family)
        case .exchanging(let exchange): exchange.drainDeadline()
        case .answered, .closed: return
        }
    }

    // MARK: Frames that go out

    /// A frame of the stream was made, which ends at that byte of the connection.
    func framed(_ frame: FrameScanner.Frame) {
        if frame.type == FrameScanner.Kind.data { offsets.framed(frame.length, end: frame.end) }
        if frame.type <= FrameScanner.Kind.headers, frame.endsStream { isEndFramed = true }
    }

    /// Frames of the stream went out.
    func progressed() {
        let held = bytesWritten &- offsets.payloadFramed
        let limit = isStuffed ? HTTP2Limits.heldFew : HTTP2Limits.heldMax
        if (held > UInt64(limit)) != isStuffed {
            isStuffed.toggle()
            exchange?.writabilityChanged()
        }
        guard isAnswerOver, held == 0 else { return }
        if resetCode != nil { reset() }
        guard case .answered = state, isEndFramed || isOver else { return }
        if isRequestOver || isOver { return finish() }
        // The rest of a request that is answered is of no use (RFC 9113, 8.1).
        resetCode = .noError
        reset()
        finish()
    }

    /// Ends the stream for both sides.
    private func reset() {
        guard let resetCode, !isOver else { return }
        isOver = true
        connection?.send(.rstStream(resetCode), on: id)
        connection?.flush()
    }

    private func finish() {
        state = .closed
        connection?.remove(self)
    }

    // MARK: Waiting for the kernel

    var isWaiting: Bool { !waiters.isEmpty }

    /// The kernel has so many bytes of the connection.
    func settleWaiters(within plain: UInt64) {
        guard !waiters.isEmpty else { return }
        let flushed = offsets.payload(within: plain)
        let done = waiters.prefix { $0.end <= flushed }
        waiters.removeFirst(done.count)
        for waiter in done { waiter.body() }
    }

    private func wait(_ body: @escaping () -> Void) {
        waiters.append((bytesWritten, body))
        connection?.await(self)
    }
}

extension HTTP2Stream: ExchangeClient {
    /// Of a stream there is no next request.
    var keepsAlive: Bool { true }

    var takesChunks: Bool { false }

    var isWritable: Bool { !isStuffed }

    var bytesBuffered: Int? {
        guard let plain = connection?.frames?.plainFlushed else { return nil }
        return Int(bytesWritten &- offsets.payload(within: plain))
    }

    /// Other streams write to the connection too.
    var isChannelInUse: Bool { true }

    func joinsStaged(_ count: Int) -> Bool { true }

    var tellsAcknowledged: Bool { connection?.socket.tellsAcknowledged ?? false }

    var bytesAcknowledged: UInt64? {
        guard let plain = connection?.socket.acknowledged else { return nil }
        let acknowledged = offsets.payload(within: plain)
        offsets.forget(within: plain)
        return acknowledged
    }

    func begin(
        _ head: ResponseHead, _ plan: AnswerPlan, withholding own: Secret?, keepsAlive: Bool
    ) {
        let fields = HTTP2Fields.answer(head, plan, withholding: core.secrets, own)
        connection?.send(.headers(.init(headers: fields, endStream: false)), on: id)
    }

    func write(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        bytesWritten &+= UInt64(bytes.readableBytes)
        connection?.send(.data(.init(data: .byteBuffer(bytes))), on: id)
    }

    func write(_ bytes: ByteBuffer, whenFlushed body: @escaping () -> Void) {
        write(bytes)
        wait(body)
    }

    func flush() {
        connection?.flush()
        progressed()
    }

    func whenFlushed(_ body: @escaping () -> Void) {
        wait(body)
        connection?.settleWaiting()
    }

    func endAnswer(isWhole: Bool) {
        guard !isAnswerOver else { return }
        isAnswerOver = true
        guard isWhole else {
            // A client that was promised more learns of it in no other way.
            resetCode = .internalError
            return
        }
        let nothing = HTTP2Frame.FramePayload.Data(data: .byteBuffer(ByteBuffer()), endStream: true)
        connection?.send(.data(nothing), on: id)
        connection?.answerOver(self)
    }

    /// The answer has no body: its head ended it.
    func endWithHead() { isAnswerOver = true }

    func closeAfterAnswer() {}

    func exchangeOver(_ exchange: Exchange, keepsAlive: Bool) {
        guard case .exchanging(let current) = state, current === exchange else { return }
        state = .answered
        deadline = core.now + .milliseconds(Int64(core.limits.idleTimeout))
        progressed()
    }
}
