import NIOCore
import NIOEmbedded
import NIOHPACK
import NIOHTTP2

/// The client's side of an HTTP/2 connection, whose bytes somebody else carries. Used from one thread.
package final class HTTP2Session {
    /// What came on a stream.
    package struct Answer {
        package var fields: [(name: String, value: String)] = []
        package var body: [UInt8] = []
        /// Sizes of the DATA frames.
        package var frames: [Int] = []
        package var isEnded = false
        /// The code of RST_STREAM.
        package var reset: Int?

        package var status: Int? { field(":status").flatMap { Int($0) } }
        package var text: String { String(decoding: body, as: UTF8.self) }
        package var isOver: Bool { isEnded || reset != nil }

        package func field(_ name: String) -> String? {
            fields.first { $0.name == name }?.value
        }
    }

    /// The server says good-bye.
    package struct Goodbye: Equatable {
        package var last: Int
        package var code: Int
    }

    private let channel = EmbeddedChannel()
    /// What came, by the number of the stream.
    package private(set) var answers: [Int: Answer] = [:]
    package private(set) var goodbyes: [Goodbye] = []
    /// The server's settings, by their numbers.
    package private(set) var settings: [Int: Int] = [:]
    package private(set) var pings = 0
    /// Whether what was received makes room for more.
    package var opensWindows = true
    /// Frames that wait for the server's windows.
    package private(set) var unsent = 0
    private var nextStream = 1

    /// - Parameter window: what the server may send on a stream.
    /// - Throws: what the channel throws.
    package init(window: Int = 65_535) throws {
        let settings = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .initialWindowSize, value: window),
        ]
        // Tests send what no proper client would.
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = settings
        configuration.headerBlockValidation = .disabled
        configuration.contentLengthValidation = .disabled
        configuration.controlFrameRateLimit.maximumCount = 100_000
        let handler = NIOHTTP2Handler(mode: .client, connectionConfiguration: configuration)
        try channel.pipeline.syncOperations.addHandlers([handler, Collector(self)])
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/test")).wait()
    }

    deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

    /// Begins a stream; its number.
    ///
    /// - Throws: what the library has against it.
    @discardableResult
    package func request(
        _ method: String = "POST", _ path: String, _ fields: [(String, String)] = [],
        body: [UInt8]? = nil, ends: Bool = true
    ) throws -> Int {
        var all = [
            (":method", method), (":scheme", "https"), (":path", path),
            (":authority", "localhost"),
        ]
        all += fields
        return try request(fields: all, body: body, ends: ends)
    }

    /// Begins a stream with exactly these fields; its number.
    ///
    /// - Throws: what the library has against it.
    package func request(
        fields: [(String, String)], body: [UInt8]? = nil, ends: Bool = true
    ) throws -> Int {
        let id = nextStream
        nextStream += 2
        answers[id] = Answer()
        let content = HTTP2Frame.FramePayload.Headers(
            headers: HPACKHeaders(fields), endStream: body == nil && ends)
        try write(id, .headers(content))
        if let body { try send(body, on: id, ends: ends) }
        return id
    }

    /// More of a request's body.
    ///
    /// - Throws: what the library has against it.
    package func send(_ bytes: [UInt8], on id: Int, ends: Bool = false) throws {
        try write(id, .data(.init(data: .byteBuffer(ByteBuffer(bytes: bytes)), endStream: ends)))
    }

    /// Resets a stream.
    ///
    /// - Throws: what the library has against it.
    package func reset(_ id: Int) throws { try write(id, .rstStream(.cancel)) }

    /// Makes room for so much more of an answer, on a stream or (0) on the connection.
    ///
    /// - Throws: what the library has against it.
    package func open(_ bytes: Int, on id: Int) throws {
        try write(id, .windowUpdate(windowSizeIncrement: bytes))
    }

    /// - Throws: what the library has against it.
    package func ping() throws {
        try write(0, .ping(HTTP2PingData(withInteger: 7), ack: false))
    }

    /// - Throws: what the library has against it.
    package func sendSettings() throws { try write(0, .settings(.settings([]))) }

    private func write(_ id: Int, _ payload: HTTP2Frame.FramePayload) throws {
        let sent = channel.eventLoop.makePromise(of: Void.self)
        unsent += 1
        sent.futureResult.assumeIsolated().whenComplete { _ in self.unsent -= 1 }
        channel.writeAndFlush(
            HTTP2Frame(streamID: HTTP2StreamID(id), payload: payload), promise: sent)
        try channel.throwIfErrorCaught()
    }

    /// Takes what came from the server.
    ///
    /// - Throws: what is wrong with it.
    package func receive(_ bytes: some Sequence<UInt8>) throws {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
    }

    /// What is to be sent to the server now.
    ///
    /// - Throws: what the channel throws.
    package func outgoing() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let part = try channel.readOutbound(as: ByteBuffer.self) {
            bytes += part.readableBytesView
        }
        return bytes
    }

    private func take(_ frame: HTTP2Frame, _ context: ChannelHandlerContext) {
        let id = Int(frame.streamID)
        switch frame.payload {
        case .headers(let content):
            answers[id, default: Answer()].fields += content.headers.map { ($0.name, $0.value) }
            if content.endStream { answers[id]?.isEnded = true }
        case .data(let content):
            guard case .byteBuffer(let bytes) = content.data else { return }
            answers[id, default: Answer()].body += bytes.readableBytesView
            answers[id]?.frames.append(bytes.readableBytes)
            if content.endStream { answers[id]?.isEnded = true }
            guard opensWindows, bytes.readableBytes > 0 else { return }
            for stream in content.endStream ? [0] : [0, id] {
                context.write(
                    NIOAny(
                        HTTP2Frame(
                            streamID: HTTP2StreamID(stream),
                            payload: .windowUpdate(windowSizeIncrement: bytes.readableBytes))),
                    promise: nil)
            }
        case .rstStream(let code): answers[id, default: Answer()].reset = code.networkCode
        case .goAway(let last, let code, _):
            goodbyes.append(Goodbye(last: Int(last), code: code.networkCode))
        case .settings(.settings(let list)):
            for setting in list { settings[Int(setting.parameter.number)] = setting.value }
        case .ping(_, let ack): if ack { pings += 1 }
        default: return
        }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame
        private unowned let session: HTTP2Session

        init(_ session: HTTP2Session) { self.session = session }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            session.take(unwrapInboundIn(data), context)
        }

        func channelReadComplete(context: ChannelHandlerContext) { context.flush() }
    }
}

extension HTTP2SettingsParameter {
    /// Its number in the protocol.
    fileprivate var number: UInt16 {
        switch self {
        case .maxConcurrentStreams: 3
        case .initialWindowSize: 4
        case .maxFrameSize: 5
        case .maxHeaderListSize: 6
        default: 0
        }
    }
}
