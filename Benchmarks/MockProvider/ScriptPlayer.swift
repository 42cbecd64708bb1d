import NIOCore

/// Plays a script on a connection, as fast as its pauses and the peer's reading allow.
final class ScriptPlayer {
    /// What a script ended with.
    enum End: Equatable, Sendable {
        case complete
        case reset
        case close
    }

    /// Events whose last byte was given to the connection.
    private(set) var events = 0
    /// Bytes that were given to the connection, with head and framing.
    private(set) var bytes = 0

    private let steps: [Step]
    private let journal: Journal
    private let finished: (ChannelHandlerContext, End) -> Void
    private var index = 0
    /// When the last pause ended; the next is counted from there, so that pauses do not drift.
    private var clock: NIODeadline?
    private var timer: Scheduled<Void>?
    private var isOver = false

    init(
        _ steps: [Step], journal: Journal,
        finished: @escaping (ChannelHandlerContext, End) -> Void
    ) {
        self.steps = steps
        self.journal = journal
        self.finished = finished
    }

    /// Nothing is played or told any more.
    func cancel() {
        isOver = true
        timer?.cancel()
    }

    /// Goes on until a pause, a peer that does not read, or the end.
    func resume(_ context: ChannelHandlerContext) {
        guard !isOver, timer == nil else { return }
        while index < steps.count {
            switch steps[index] {
            case .send(let buffer, let events):
                guard context.channel.isWritable else {
                    // Writability returns once the peer has read; the flush makes that possible.
                    context.flush()
                    return
                }
                context.write(NIOAny(buffer), promise: nil)
                bytes += buffer.readableBytes
                self.events += events
                journal.count {
                    $0.bytes += buffer.readableBytes
                    $0.events += events
                }
            case .flush: context.flush()
            case .pause(let microseconds):
                context.flush()
                pause(microseconds, context)
                return
            case .stall:
                context.flush()
                return
            case .reset: return finish(.reset, context)
            case .close: return finish(.close, context)
            }
            index += 1
        }
        context.flush()
        // The handler serves the next request in this call; nothing of the player is used after it.
        isOver = true
        finished(context, .complete)
    }

    private func pause(_ microseconds: Int, _ context: ChannelHandlerContext) {
        index += 1
        let deadline = (clock ?? .now()) + .microseconds(Int64(microseconds))
        clock = deadline
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            timer = nil
            resume(context)
        }
    }

    /// Once all that was sent lies in the kernel.
    private func finish(_ end: End, _ context: ChannelHandlerContext) {
        let sent = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: sent)
        sent.futureResult.assumeIsolated().whenComplete { [self] _ in
            guard !isOver else { return }
            isOver = true
            finished(context, end)
        }
    }
}
