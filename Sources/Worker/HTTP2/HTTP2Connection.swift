import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL

/// One client's HTTP/2 connection: its streams, and how they begin and end. Frames, their compression
/// and the windows are the library's.
final class HTTP2Connection: ChannelInboundHandler, ConnectedClient {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private enum Phase {
        case open
        /// The client was told to begin nothing more, and what is on its way is still served.
        case leaving
        /// It was told which stream is the last.
        case left
        /// This side has said its last word; the client's is awaited for a moment.
        case closing
        case closed
    }

    let core: WorkerCore
    var socket: ClientSocket
    /// What goes out behind the protocol's handler; nil once the connection is gone.
    var frames: FrameMeter?
    private var context: ChannelHandlerContext?
    private var phase = Phase.open
    private var deadline: NIODeadline
    /// When the header fields of a request that have begun to arrive must be whole.
    private var headDeadline: NIODeadline?
    private var streams: [Int: HTTP2Stream] = [:]
    /// The client's last stream that was begun.
    private var last = HTTP2StreamID.rootStream
    /// Streams with frames that have been made and not gone out.
    private var touched: [HTTP2Stream] = []
    /// Streams that wait for the kernel to take what they wrote.
    private var waiting: [HTTP2Stream] = []
    private var hasMarker = false
    /// Streams whose answers are over, and may not have been acknowledged.
    private var ending: [HTTP2Stream] = []
    /// A client's request waits for room.
    private var withholds = false
    /// The connection is over for an error, and the client has been told.
    private var isBroken = false
    /// GOAWAY frames of our own that are on their way; others say what the client did wrong.
    private var goodbyes = 0

    init(core: WorkerCore, socket: ClientSocket) {
        self.core = core
        self.socket = socket
        deadline = core.now + .milliseconds(Int64(core.limits.idleTimeout))
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        core.add(self)
        send(
            .windowUpdate(windowSizeIncrement: HTTP2Limits.connectionWindow - 65_535),
            on: .rootStream)
        flush()
        if core.isDraining { drain() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        socket.close()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .closed
        for stream in Array(streams.values) { stream.clientGone() }
        waiting = []
        touched = []
        ending = []
        socket.close()
        core.remove(self)
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.payload {
        case .headers(let content): headersArrived(frame.streamID, content)
        case .data(let content):
            guard let stream = streams[Int(frame.streamID)] else { return }
            if case .byteBuffer(let bytes) = content.data { stream.received(bytes) }
            if content.endStream { stream.requestEnded() }
        default: return
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // What the client sends, most of all room in its windows, it sends when it has read.
        for stream in ending { stream.exchange?.clientSentMore() }
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as StreamClosedEvent:
            streams[Int(event.streamID)]?.wasClosed(byReset: event.reason != nil)
        case let event as NIOHTTP2WindowUpdatedEvent:
            if let size = event.inboundWindowSize { windowChanged(event.streamID, to: size) }
        // A request's end is its stream's; a connection's end leaves nothing to serve.
        case let event as ChannelEvent where event == .inputClosed: closeNow()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // How the connection ended, which is told besides: many clients say no farewell.
        if case .uncleanShutdown = error as? NIOSSLError { return }
        guard isBroken else {
            // An error of one stream, which was reset for it.
            if !(error is any NIOHTTP2Error) { closeNow() }
            return
        }
        frames?.isDeaf = true
        for stream in Array(streams.values) { stream.clientGone() }
        close()
    }

    // MARK: Requests

    private func headersArrived(
        _ id: HTTP2StreamID, _ content: HTTP2Frame.FramePayload.Headers
    ) {
        guard id > last else {
            // Trailers: they say nothing that a provider needs.
            if content.endStream { streams[Int(id)]?.requestEnded() }
            return
        }
        guard phase == .open || phase == .leaving else { return }
        last = id
        let head = HTTP2Fields.request(content.headers)
        let stream = HTTP2Stream(id, on: self, isHead: head?.method == .HEAD)
        stream.isRequestOver = content.endStream
        streams[Int(id)] = stream
        stream.begin(head)
        if content.endStream { stream.requestEnded() }
    }

    private func windowChanged(_ id: HTTP2StreamID, to size: Int) {
        guard id == .rootStream else { return streams[Int(id)]?.windowChanged(to: size) ?? () }
        guard phase != .closing, phase != .closed, size <= HTTP2Limits.connectionWindow / 2 else {
            return
        }
        send(
            .windowUpdate(windowSizeIncrement: HTTP2Limits.connectionWindow - size),
            on: .rootStream)
    }

    /// Whether more of the stream's request may come. All requests that arrive together take as much memory
    /// as two may, and what is in the windows; the first of them always goes on.
    func hasRoom(for stream: HTTP2Stream) -> Bool {
        let held = streams.values.reduce(0) { $0 + $1.bodyHeld }
        if held < core.limits.bodyBytes { return true }
        let first = streams.values.filter { $0.bodyHeld > 0 }.map(\.id).min()
        if first == stream.id { return true }
        withholds = true
        return false
    }

    /// A request is whole, or nothing more of it is needed.
    func hasMoreRoom() {
        guard withholds else { return }
        withholds = false
        for stream in streams.values { stream.grant() }
    }

    /// The stream is over.
    func remove(_ stream: HTTP2Stream) {
        guard streams.removeValue(forKey: Int(stream.id)) != nil else { return }
        ending.removeAll { $0 === stream }
        hasMoreRoom()
        guard streams.isEmpty else { return }
        if phase == .left { return close() }
        if phase == .open {
            deadline = core.now + .milliseconds(Int64(core.limits.idleTimeout))
        }
    }

    /// The stream's answer is over.
    func answerOver(_ stream: HTTP2Stream) { ending.append(stream) }

    // MARK: Frames

    func send(_ payload: HTTP2Frame.FramePayload, on id: HTTP2StreamID) {
        context?.write(wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: nil)
    }

    func flush() { context?.flush() }

    /// A frame was made.
    func wrote(_ frame: FrameScanner.Frame) {
        if frame.type == FrameScanner.Kind.goAway {
            if goodbyes == 0 { isBroken = true } else { goodbyes -= 1 }
        }
        guard frame.type <= FrameScanner.Kind.headers, let stream = streams[frame.stream] else {
            return
        }
        stream.framed(frame)
        touched.append(stream)
    }

    /// What was made has gone to the kernel, or waits for it.
    func didFlush() {
        let progressed = touched
        touched = []
        for stream in progressed { stream.progressed() }
        settleWaiting()
    }

    /// Has the stream told when the kernel has what it wrote.
    func await(_ stream: HTTP2Stream) {
        if !waiting.contains(where: { $0 === stream }) { waiting.append(stream) }
    }

    func settleWaiting() {
        guard !waiting.isEmpty, let plain = frames?.plainFlushed else { return }
        let streams = waiting
        waiting = []
        for stream in streams {
            stream.settleWaiters(within: plain)
            if stream.isWaiting { self.await(stream) }
        }
        guard !waiting.isEmpty, !hasMarker, let frames, frames.hasUnflushed else { return }
        hasMarker = true
        frames.whenFlushed { [weak self] in
            self?.hasMarker = false
            self?.settleWaiting()
        }
    }
}

// How a connection ends.
extension HTTP2Connection {
    func tick(now: NIODeadline) {
        for stream in Array(streams.values) { stream.tick(now: now) }
        checkHead(now)
        guard now >= deadline else { return }
        switch phase {
        case .open where streams.isEmpty, .leaving: sayGoodbye()
        case .closing: closeNow()
        case .open, .left, .closed: return
        }
    }

    /// Header fields that have begun to arrive have the time of a head.
    private func checkHead(_ now: NIODeadline) {
        guard frames?.isHeadPending == true else {
            headDeadline = nil
            return
        }
        if let headDeadline {
            if now >= headDeadline { closeNow() }
        } else {
            headDeadline = now + .milliseconds(Int64(core.limits.headerTimeout))
        }
    }

    /// Requests that are on their way are still served for a moment, those under way to their end.
    func drain() {
        guard phase == .open else { return }
        if streams.isEmpty, last != .rootStream { return sayGoodbye() }
        phase = .leaving
        deadline = core.now + WorkerCore.firstRequestGrace
        sendGoodbye(last: .maxID)
    }

    /// No stream is begun any more.
    private func sayGoodbye() {
        phase = .left
        deadline = .distantFuture
        sendGoodbye(last: last)
        if streams.isEmpty { close() }
    }

    private func sendGoodbye(last: HTTP2StreamID) {
        goodbyes += 1
        send(.goAway(lastStreamID: last, errorCode: .noError, opaqueData: nil), on: .rootStream)
        flush()
    }

    func endStream() {
        for stream in Array(streams.values) { stream.drainDeadline() }
        if phase == .open || phase == .leaving { sayGoodbye() }
    }

    /// Says that nothing more comes, and waits a moment for the client to close: a connection that is
    /// closed with unread bytes would be reset, and the last answer lost with it.
    private func close() {
        guard phase != .closing, phase != .closed else { return }
        phase = .closing
        deadline = core.now + WorkerCore.closeTimeout
        context?.close(mode: .output, promise: nil)
    }

    func closeNow() {
        if let context { socket.end(context) }
    }
}
