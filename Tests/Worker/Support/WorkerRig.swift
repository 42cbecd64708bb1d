import CLinux
import Configuration
import Dispatch
import Glibc
import IPC
import NIOCore
import NIOPosix
import Redaction
import Secrets
import TestTLS
import Tokenization

@testable import Worker

/// A worker in this process, between a client and a provider that the test itself plays.
final class WorkerRig {
    static let key = "sk-test-client-key"
    static let providerKey = "sk-provider-0123456789-secret"

    let server: WorkerServer
    let port: UInt16
    let providerPort: UInt16
    let counters: CounterFile
    /// Connections that the worker's listener lets wait.
    let backlog: Int
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let providerListener: Int32
    private let usageEnd: Int32
    private let sendingEnd: Int32
    private let control: Int32
    private var receiver: UsageReceiver
    private(set) var records: [UsageRecord] = []
    private var queued: [Int32] = []

    struct Options {
        var limits = Limits()
        var passthrough = false
        var slots: UInt32 = 64
        /// Bytes of junk put into the usage channel, so that it is full from the start.
        var fillsChannel = false
        var keys = true
        /// The gateway counts tokens itself where Anthropic's clients ask for it.
        var countsLocally = false
        /// Aborting does not stop the provider's charge: its answers are read on within these bounds.
        var usageDrain: UsageDrainBounds?
        /// The provider's queue of connections is full: no other one is ever established.
        var fillsProviderQueue = false
        var clock = Clock.system
        /// The provider is behind TLS.
        var tls: TLS?
        /// The worker speaks TLS to a provider that the test plays without it.
        var expectsTLS = false
        /// The name by which the OpenAI provider goes, and who looks it up.
        var name: String?
        var resolve: NameLookup.Resolve = NameLookup.system
        /// Bounds of the connections to each provider.
        var connections = ConnectionSettings()
        var halfClosedClients: HalfClosedClients?
        /// Clients speak TLS.
        var clientsUseTLS = false
        var speaksHTTP2: Bool?
        var identity = Identity.good
        /// Clients connect to a Unix socket of this path instead.
        var path: String?

        enum Identity { case good, missing, mismatched }

        struct TLS {
            var trusts = true
            var host = "localhost"
        }
    }

    init(_ change: (inout Options) -> Void = { _ in }) throws {
        var options = Options()
        options.limits.headerTimeout = 60_000
        change(&options)
        let listener = try Loopback.listen(nonBlocking: true)
        let provider = try Loopback.listen(
            nonBlocking: false, backlog: options.fillsProviderQueue ? 0 : 512)
        if options.fillsProviderQueue { queued = try Loopback.fillQueue(port: provider.port) }
        port = listener.port
        providerPort = provider.port
        providerListener = provider.descriptor
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(
            providerListener, SOL_SOCKET, SO_RCVTIMEO, &limit,
            socklen_t(MemoryLayout<timeval>.size))
        var pair: [Int32] = [-1, -1]
        guard route_socketpair(0, &pair) == 0 else { throw RawSocket.Failure.system(errno) }
        sendingEnd = pair[0]
        usageEnd = pair[1]
        if options.fillsChannel {
            let junk = [UInt8](repeating: 0, count: 4096)
            while route_send(sendingEnd, junk, junk.count) > 0 {}
        }
        receiver = UsageReceiver(descriptor: usageEnd)
        var controls: [Int32] = [-1, -1]
        guard route_socketpair(1, &controls) == 0 else { throw RawSocket.Failure.system(errno) }
        control = controls[0]
        let memory = try CounterFile.create(slots: options.slots)
        counters = try CounterFile(descriptor: memory, writable: false)
        let target =
            options.tls == nil
            ? provider.port : try TLSFront.start(on: group, provider: provider.port)
        let clients = try options.path.map { try UnixAddress.listen($0) } ?? listener.descriptor
        let setup = WorkerSetup(
            configuration: Self.configuration(options, provider: target),
            secrets: [Self.providerKey, TestIdentity.key, TestIdentity.otherKey].map {
                Secret(copying: $0.utf8)
            },
            known: KnownSecrets(), vocabularies: try Vocabularies(),
            listeners: options.clientsUseTLS ? [] : [clients],
            secureListeners: options.clientsUseTLS ? [clients] : [],
            usage: sendingEnd, counters: memory, control: controls[1],
            clock: options.clock, resolve: options.resolve)
        server = try WorkerServer.start(setup, on: group.next()).wait()
        backlog = Loopback.backlog(listener.descriptor)
        if options.path != nil { close(listener.descriptor) }
        close(memory)
    }

    deinit {
        // The worker has to end before its loop does: it accepts on a thread of its own.
        let service = server.service
        server.drain(within: .zero)
        server.loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(5)) { task in
            service.value.core.closeAll()
        }
        try? server.finished.wait()
        close(control)
        close(providerListener)
        for fd in queued { close(fd) }
        let usage = [usageEnd, sendingEnd]
        group.shutdownGracefully { _ in
            for fd in usage { close(fd) }
        }
    }

    private static func configuration(_ options: Options, provider: UInt16) -> WorkerConfiguration {
        func make(_ name: String, _ family: ProviderFamily) -> Provider {
            Provider(
                name: name, family: family, usesTLS: options.tls != nil || options.expectsTLS,
                host: (family == .openai ? options.name : nil) ?? options.tls?.host ?? "127.0.0.1",
                port: Int(provider),
                basePath: family == .openai ? "/v1" : "", apiKey: options.passthrough ? nil : 0,
                passthrough: options.passthrough, abortStopsBilling: options.usageDrain == nil,
                certificateAuthority: options.tls?.trusts == true ? TestIdentity.certificate : nil,
                countTokens: options.countsLocally && family == .anthropic ? .local : nil,
                usageDrainBounds: options.usageDrain, connectionSettings: options.connections)
        }
        let digest = Array(key.utf8).withUnsafeBytes(Authenticator.digest)
        var configuration = WorkerConfiguration(
            keys: options.keys ? [ClientKey(name: "app", sha256: digest)] : [],
            providers: [make("openai", .openai), make("anthropic", .anthropic)],
            models: [
                ModelRoute(match: "gpt-renamed", provider: "openai", model: "gpt-real"),
                ModelRoute(match: "gpt-*", provider: "openai", model: nil),
                ModelRoute(match: "claude-*", provider: "anthropic", model: nil),
            ], limits: options.limits)
        configuration.halfClosedClients = options.halfClosedClients
        if options.clientsUseTLS, options.identity != .missing {
            configuration.tls = ListenerTLS(
                certificateChain: TestIdentity.certificate,
                privateKey: options.identity == .good ? 1 : 2, http2: options.speaksHTTP2)
        }
        return configuration
    }

    func client(receiveBuffer: Int32? = nil) throws -> RawSocket {
        try RawSocket.connect(port: port, receiveBuffer: receiveBuffer)
    }

    /// One that speaks TLS.
    func secureClient(receiveBuffer: Int32? = nil, only12: Bool = false) throws -> RawSocket {
        let client = try client(receiveBuffer: receiveBuffer)
        try client.secure(
            TLSSession(trusting: TestIdentity.certificate, only12: only12))
        return client
    }

    /// The next connection that the worker makes to the provider.
    func provider() throws -> RawSocket {
        let fd = accept(providerListener, nil, nil)
        guard fd >= 0 else { throw RawSocket.Failure.system(errno) }
        return RawSocket(descriptor: fd)
    }

    /// Whether the worker has dialled the provider and nobody took the connection.
    var hasDialled: Bool {
        var entry = pollfd(fd: providerListener, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) == 1
    }

    /// The provider refuses connections from now on.
    func stopProvider() { shutdown(providerListener, Int32(SHUT_RDWR)) }

    /// Waits until so many streams are settled; their records in the order of their streams.
    func settled(_ count: Int = 1) throws -> [StreamSettled] {
        try collect { $0.filter { if case .settled = $0 { true } else { false } }.count >= count }
        return records.compactMap { if case .settled(let record) = $0 { record } else { nil } }
            .sorted { $0.stream < $1.stream }
    }

    /// Waits until so much is known of streams after their end.
    func amended(_ count: Int = 1) throws -> [StreamAmended] {
        try collect { $0.filter { if case .amended = $0 { true } else { false } }.count >= count }
        return records.compactMap { if case .amended(let record) = $0 { record } else { nil } }
    }

    var opened: [StreamOpened] {
        records.compactMap { if case .opened(let record) = $0 { record } else { nil } }
    }

    /// Reads records until the condition holds.
    func collect(until condition: ([UsageRecord]) -> Bool) throws {
        while !condition(records) {
            var entry = pollfd(fd: usageEnd, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 60_000) == 1 else {
                throw RawSocket.Failure.timedOut(seen: "\(records.count) records")
            }
            if case .records(let more, _) = receiver.peek() { records += more }
            _ = receiver.consume()
        }
    }

    /// Whether a record waits that was not read.
    var hasRecords: Bool {
        var entry = pollfd(fd: usageEnd, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) == 1
    }

    /// Takes everything out of the usage channel without looking at it.
    func emptyChannel() {
        var space = [UInt8](repeating: 0, count: 65536)
        while route_consume(usageEnd, &space, space.count) > 0 {}
    }

    /// The supervisor dies.
    func hangUp() { shutdown(control, Int32(SHUT_RDWR)) }

    /// A client whose request has arrived at the provider, whole.
    func exchange() throws -> (client: RawSocket, provider: RawSocket) {
        let client = try client()
        try client.send(Self.post())
        let provider = try provider()
        _ = try provider.readMessage()
        return (client, provider)
    }

    func tell(_ message: ControlMessage) { _ = ControlSocket(descriptor: control).send(message) }

    /// The worker's next control message.
    func told() throws -> ControlMessage {
        while true {
            var entry = pollfd(fd: control, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 60_000) == 1 else { throw RawSocket.Failure.timedOut(seen: "") }
            if case .message(let message, _) = ControlSocket(descriptor: control).receive() {
                return message
            }
        }
    }

    /// The loop stands still meanwhile, and then finds all that has happened in one turn.
    func standStill(_ body: () throws -> Void) rethrows {
        let (isStill, go) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        server.loop.execute {
            isStill.signal()
            go.wait()
        }
        // Else the loop could see the first of what the body does before it stands still.
        isStill.wait()
        defer { go.signal() }
        try body()
    }

    /// The pools look at the clock now.
    func tickPools() throws {
        let service = server.service
        try server.loop.submit {
            let core = service.value.core
            for pool in core.pools { pool.tick(now: core.now) }
        }.wait()
    }

    var openStreams: UInt32 { get throws { try server.openStreams.wait() } }

    /// The connections to a provider once the loop has done what it was doing.
    func gauge(_ provider: String = "openai") throws -> ProviderGauge {
        _ = try openStreams
        return counters.providers.first { $0.name == provider }?.gauge ?? ProviderGauge()
    }

    /// Waits until the connections to the OpenAI provider are these.
    func waitForGauge(_ wanted: ProviderGauge) throws { try waitForGauge { $0 == wanted } }

    /// Waits until the connections to the OpenAI provider are as they should be.
    func waitForGauge(_ isWanted: (ProviderGauge) throws -> Bool) throws {
        var last = ProviderGauge()
        for _ in 0..<6000 {
            last = try gauge()
            if try isWanted(last) { return }
            // No event tells of it: the next look is a moment later.
            var nothing = pollfd()
            _ = poll(&nothing, 0, 10)
        }
        throw RawSocket.Failure.timedOut(seen: "\(last)")
    }

    /// A request of the family's chief endpoint.
    static func post(
        _ body: String = #"{"model":"gpt-x","stream":true,"messages":[]}"#,
        to path: String = "/v1/chat/completions", key: String? = key, headers: [String] = []
    ) -> String {
        var lines = ["POST \(path) HTTP/1.1", "Host: gateway"]
        if let key { lines.append("Authorization: Bearer \(key)") }
        lines += headers + ["Content-Length: \(body.utf8.count)"]
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    /// The head of a provider's event stream.
    static let streamHead =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    static func chunk(_ text: String) -> String {
        String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n"
    }

    /// A chunk of a chat stream with some text.
    static func delta(_ text: String) -> String {
        #"data: {"choices":[{"index":0,"delta":{"content":"\#(text)"}}],"usage":null}"# + "\n\n"
    }

    static let usageEvent =
        #"data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}"# + "\n\n"
    static let done = "data: [DONE]\n\n"
}
