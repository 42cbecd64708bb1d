import CLinux
import IPC
import NIOCore
import NIOPosix
import NIOSSL

/// The worker's life on its loop: accept, obey the supervisor, drain, end. One instance on one loop.
final class WorkerService {
    /// How long streams may go on when the supervisor is gone and nobody says otherwise.
    static let orphanDrain = TimeAmount.seconds(30)
    /// From the drain's deadline to the moment when what is left is closed: enough for clients to take
    /// their last event.
    static let graceAfterDrain = TimeAmount.seconds(3)
    /// How long the last records may wait for a place in the usage channel.
    static let lastFlushMax = TimeAmount.seconds(30)

    let core: WorkerCore
    private let loop: any EventLoop
    private let acceptor: Acceptor
    private var control: ControlSocket?
    private var isDraining = false
    private let finished: EventLoopPromise<Void>

    /// - Throws: what is wrong with the configuration or the descriptors.
    init(_ setup: WorkerSetup, loop: any EventLoop, finished: EventLoopPromise<Void>) throws {
        self.loop = loop
        self.finished = finished
        guard setup.secureListeners.isEmpty || setup.configuration.tls != nil else {
            throw ServerIdentity.Failure.missing
        }
        acceptor = try Acceptor(
            setup.listeners.map { .init(descriptor: $0, usesTLS: false) }
                + setup.secureListeners.map { .init(descriptor: $0, usesTLS: true) }, loop: loop)
        let counters = try CounterFile(descriptor: setup.counters, writable: true)
        core = try WorkerCore(
            loop: loop, configuration: setup.configuration, secrets: setup.secrets,
            known: setup.known, vocabularies: setup.vocabularies, usage: setup.usage,
            counters: counters, resolve: setup.resolve, clock: setup.clock)
    }

    /// Accepts connections from the listeners; tells the supervisor once it does.
    func start(_ setup: WorkerSetup) -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let control = setup.control.map { attach($0) } ?? loop.makeSucceededVoidFuture()
        return control.map {
            bound.value.listen()
            _ = bound.value.control?.send(.ready)
        }
    }

    private func listen() {
        let core = NIOLoopBound(core, eventLoop: loop)
        let loop = loop
        acceptor.start { Self.adopt($0, usesTLS: $1, core, on: loop) }
    }

    /// Makes an accepted connection the loop's own.
    private static func adopt(
        _ descriptor: Int32, usesTLS: Bool, _ core: NIOLoopBound<WorkerCore>,
        on loop: any EventLoop
    ) -> EventLoopFuture<Void> {
        ClientBootstrap(group: loop)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: 16384)
            )
            .channelOption(
                .writeBufferWaterMark, value: .init(low: 16 * 1024, high: 32 * 1024)
            )
            .channelOption(.allowRemoteHalfClosure, value: core.value.servesHalfClosed)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try prepare(channel, usesTLS: usesTLS, core: core.value)
                }
            }
            .withConnectedSocket(descriptor).map { _ in }
    }

    /// The handlers of a client's connection.
    static func prepare(_ channel: any Channel, usesTLS: Bool = false, core: WorkerCore) throws {
        let pipeline = channel.pipeline.syncOperations
        guard usesTLS else {
            return try ClientConnection.add(to: pipeline, core: core, socket: ClientSocket())
        }
        guard let tls = core.tls else { throw ServerIdentity.Failure.missing }
        var buffers = NIOSSLHandler.Configuration()
        // More than a record is kept while a large write is under way, and not for good.
        buffers.maximumPreservedOutboundBufferCapacity = 32 * 1024
        let meter = CiphertextMeter()
        try pipeline.addHandler(meter)
        try pipeline.addHandler(NIOSSLServerHandler(context: tls, configuration: buffers))
        try pipeline.addHandler(ClientHandshake(core: core, meter: meter))
    }

    private func attach(_ descriptor: Int32) -> EventLoopFuture<Void> {
        control = ControlSocket(descriptor: descriptor)
        let bound = NIOLoopBound(self, eventLoop: loop)
        return ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ControlHandler(service: bound.value))
                }
            }
            .withConnectedSocket(descriptor)
            .map { _ in }
    }

    /// Obeys the supervisor.
    func obey(_ message: ControlMessage) {
        switch message {
        case .ping(let number):
            _ = control?.send(
                .pong(
                    number, openStreams: core.accounts.openStreams,
                    residentBytes: route_resident_bytes()))
        case .drain(let milliseconds): drain(within: .milliseconds(Int64(milliseconds)))
        case .attach, .configure, .ready, .pong, .released, .configured:
            WorkerLog.write(.warning, "unexpected_control_message")
        }
    }

    /// The supervisor is gone.
    func orphaned() {
        control = nil
        drain(within: Self.orphanDrain)
    }

    /// Stops accepting, lets streams finish within the time, ends what is left, and finishes. Said once
    /// more, the shorter time counts: an operator who asks twice is in a hurry.
    func drain(within time: TimeAmount) {
        let isolated = loop.assumeIsolated()
        isolated.scheduleTask(in: time) { self.core.endStreams() }
        isolated.scheduleTask(in: time + Self.graceAfterDrain) { self.core.closeAll() }
        guard !isDraining else { return }
        isDraining = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        acceptor.stop {
            let service = bound.value
            service.core.drain { service.flushLast(until: .now() + Self.lastFlushMax) }
        }
    }

    private func flushLast(until deadline: NIODeadline) {
        core.accounts.tick()
        if core.accounts.flush() { return finished.succeed() }
        guard .now() < deadline else {
            WorkerLog.write(.warning, "records_left_unsent")
            return finished.succeed()
        }
        loop.assumeIsolated().scheduleTask(in: .milliseconds(20)) {
            self.flushLast(until: deadline)
        }
    }
}
