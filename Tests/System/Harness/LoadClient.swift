import Glibc
import NIOCore
import NIOPosix

/// Many clients on one event loop.
struct LoadClient {
    /// Lives as long as the tests do.
    private static let shared = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private let group: MultiThreadedEventLoopGroup

    init() { group = Self.shared }

    /// Clients of a network that the calling thread has entered: the loop's thread is made in it.
    init(inNetworkOf machine: Machine) {
        group = machine.clients
    }

    /// Opens so many streams at once.
    ///
    /// - Parameters:
    ///   - first: the index of the first.
    ///   - receiveBuffer: bytes of the sockets' receive buffers; nil leaves the system's.
    func open(
        _ count: Int, from first: Int = 0, port: Int, keepsBody: Bool = false,
        receiveBuffer: Int? = nil,
        _ request: @Sendable (Int) -> Request
    ) -> [OpenStream] {
        (first..<(first + count)).map { index in
            let stream = OpenStream(index: index, keepsBody: keepsBody)
            start(stream, port, receiveBuffer, request(index).bytes)
            return stream
        }
    }

    /// Opens streams one after the other, so that so many are open at a time.
    ///
    /// - Parameter ended: called for each that ended, with how many did.
    /// - Throws: what `ended` throws, and `HangGuard.Expired`.
    func run(
        total: Int, atOnce: Int, port: Int, _ request: @escaping @Sendable (Int) -> Request,
        ended: (Int) throws -> Void
    ) throws -> [OpenStream] {
        let finished = Observed(0)
        var streams: [OpenStream] = []
        for index in 0..<total {
            let count = try finished.wait(for: "a free place for stream \(index)") {
                index - $0 < atOnce
            }
            try ended(count)
            let stream = OpenStream(index: index, keepsBody: false)
            streams.append(stream)
            start(stream, port, nil, request(index).bytes) { finished.update { $0 += 1 } }
        }
        for stream in streams { try stream.waitForEnd() }
        try ended(total)
        return streams
    }

    private func start(
        _ stream: OpenStream, _ port: Int, _ receiveBuffer: Int?, _ request: [UInt8],
        ended: @escaping @Sendable () -> Void = {}
    ) {
        var bootstrap = ClientBootstrap(group: group)
            .connectTimeout(.seconds(30))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        StreamHandler(stream: stream, request: request))
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(
                .socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        guard let address = try? SocketAddress(ipAddress: "127.0.0.1", port: port) else { return }
        bootstrap.connect(to: address).whenComplete { result in
            switch result {
            case .success(let channel): channel.closeFuture.whenComplete { _ in ended() }
            case .failure(let error):
                let reason = (error as? IOError)?.errnoCode ?? -1
                stream.state.update {
                    $0.ending = .refused(reason)
                    $0.endedAt = Clock.now
                }
                ended()
            }
        }
    }
}

/// Sends a request and reads its answer.
private final class StreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let stream: OpenStream
    private let request: [UInt8]

    init(stream: OpenStream, request: [UInt8]) {
        self.stream = stream
        self.request = request
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        stream.state.update { $0.isConnected = true }
        stream.channel.update { $0 = channel }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: request)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        let isOver = stream.state.update { state in
            state.reader.read(bytes.readableBytesView)
            guard state.reader.isComplete || state.reader.isBroken else { return false }
            end(&state, state.reader.isComplete ? .complete : .other("broken framing"))
            return true
        }
        if isOver { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        stream.state.update { state in
            end(&state, state.reader.endsWithConnection ? .complete : .endOfFile)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        stream.state.update { state in
            let code = (error as? IOError)?.errnoCode
            end(&state, code == ECONNRESET ? .reset : .other("\(error)"))
        }
        context.close(promise: nil)
    }

    /// The first reason counts.
    private func end(_ state: inout OpenStream.State, _ ending: OpenStream.Ending) {
        guard state.ending == nil else { return }
        state.ending = ending
        state.endedAt = Clock.now
    }
}
