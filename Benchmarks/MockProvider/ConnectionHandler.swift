import Foundation
import NIOCore
import NIOHTTP1

/// One connection: reads requests one after the other and plays a script for each.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let journal: Journal
    private var number = 0
    private var isLogged = false
    private var isControl = false
    private var requests = 0
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    /// What came while an answer was under way.
    private var waiting: [HTTPServerRequestPart] = []
    private var player: ScriptPlayer?
    private var sawReset = false
    private var closesItself = false

    init(journal: Journal) { self.journal = journal }

    // MARK: Connection

    func channelActive(context: ChannelHandlerContext) {
        number = journal.nextConnection()
        journal.count { $0.connections += 1 }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let wasAnswering = player != nil
        end(closesItself ? "fault" : sawReset ? "reset" : "eof")
        guard !isControl else { return }
        journal.count { $0.connections -= 1 }
        guard isLogged else { return }
        let how: JSON = closesItself ? "self" : sawReset ? "reset" : "eof"
        journal.log([
            ("event", "closed"), ("connection", .int(number)), ("how", how),
            ("idle", .bool(!wasAnswering)),
        ])
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is IOError {
            sawReset = true
        } else if error as? HTTPParserError == .invalidEOFState {
            // The peer left within a request; how, is known already.
            return
        } else {
            closesItself = true
        }
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { player?.resume(context) }
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if player == nil { take(part, context) } else { waiting.append(part) }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            self.head = head
            body.clear()
            if head.headers["expect"].contains("100-continue") {
                let text = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
                context.writeAndFlush(wrapOutboundOut(text), promise: nil)
            }
            let directives = try? Directives(head.headers.first(name: "x-mock") ?? "")
            guard directives?.faults.contains(.noRead) == true else { return }
            try? context.channel.syncOptions?.setOption(.autoRead, value: false)
            serve(head, context)
        case .body(var bytes): body.writeBuffer(&bytes)
        case .end:
            guard let head else { return }
            if head.uri.hasPrefix("/_mock/") {
                control(head, context)
            } else {
                serve(head, context)
            }
        }
    }

    private func serve(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        requests += 1
        let path = head.uri.prefix { $0 != "?" }
        let credential = Credential(head.headers)
        let data = Data(body.readableBytesView)
        let directives = head.headers.first(name: "x-mock") ?? ""
        let request = Provider.Request(
            method: head.method.rawValue, path: String(path), directives: directives,
            credential: credential.echo(for: directives), query: Query(data))
        log(head, request, credential, data)
        journal.count {
            $0.requests += 1
            $0.inFlight += 1
        }
        let script = journal.provider.script(for: request)
        player = ScriptPlayer(script.steps, journal: journal) { [weak self] context, end in
            self?.finished(end, context, keepsAlive: head.isKeepAlive)
        }
        player?.resume(context)
    }

    private func log(
        _ head: HTTPRequestHead, _ request: Provider.Request, _ credential: Credential, _ data: Data
    ) {
        if !isLogged {
            isLogged = true
            journal.log([("event", "opened"), ("connection", .int(number))])
        }
        let headers = head.headers.filter { !Credential.names.contains($0.name.lowercased()) }
        journal.log([
            ("event", "request"), ("connection", .int(number)), ("request", .int(requests)),
            ("method", .string(request.method)), ("path", .string(request.path)),
            ("model", .string(request.query?.model ?? "")),
            ("stream", .bool(request.query?.streams ?? false)),
            ("include_usage", .bool(request.query?.includesUsage ?? false)),
            ("x_mock", .string(request.directives)), ("credential", .string(credential.kind)),
            ("credential_sha256", .string(credential.sha256)), ("body_bytes", .int(data.count)),
            ("headers", .object(headers.map { ($0.name.lowercased(), .string($0.value)) })),
        ])
    }

    // MARK: Ends

    private func finished(
        _ end: ScriptPlayer.End, _ context: ChannelHandlerContext, keepsAlive: Bool
    ) {
        switch end {
        case .complete:
            self.end("complete")
            guard keepsAlive else {
                closesItself = true
                context.close(promise: nil)
                return
            }
            let parts = waiting
            waiting = []
            for part in parts { channelRead(context: context, data: NIOAny(part)) }
        case .reset:
            closesItself = true
            self.end("fault")
            if let socket = context.channel as? any SocketOptionProvider {
                // The close then is a reset: nothing lingers.
                _ = socket.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            }
            context.close(promise: nil)
        case .close:
            closesItself = true
            self.end("fault")
            context.close(promise: nil)
        }
    }

    private func end(_ how: String) {
        guard let player else { return }
        player.cancel()
        self.player = nil
        journal.log([
            ("event", "ended"), ("connection", .int(number)), ("request", .int(requests)),
            ("how", .string(how)), ("events", .int(player.events)), ("bytes", .int(player.bytes)),
        ])
        journal.count {
            $0.inFlight -= 1
            $0.ended += 1
        }
    }

    // MARK: Control

    /// `GET /_mock/stats` and `GET /_mock/log?from=N`, each held until what the query waits for holds.
    private func control(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        if !isControl {
            isControl = true
            journal.count { $0.connections -= 1 }
        }
        let halves = head.uri.split(separator: "?", maxSplits: 1)
        let query = halves.count > 1 ? halves[1] : ""
        let from = query.split(separator: "&").first { $0.hasPrefix("from=") }?.dropFirst(5)
        let isLog = halves.first == "/_mock/log"
        let channel = context.channel
        let journal = journal
        journal.wait(for: Journal.Condition(query: query)) {
            let text =
                isLog ? journal.text(from: from.flatMap { Int($0) } ?? 0) : journal.statistics.text
            var answer = ByteBuffer()
            answer.writeString(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(text.utf8.count)\r\n\r\n")
            answer.writeString(text)
            channel.writeAndFlush(answer, promise: nil)
        }
    }
}
