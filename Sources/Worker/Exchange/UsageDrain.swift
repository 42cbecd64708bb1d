import Configuration
import IPC
import NIOCore
import WireFormat

/// Reads an answer to its end for the usage in it, after its client has gone and its record is settled:
/// for a provider that charges for all of it anyway. Holds the provider's connection and nothing of the
/// client's, within bounds of time and bytes.
final class UsageDrain: AnswerConsumer {
    private let core: WorkerCore
    private let request: AcceptedRequest
    private let stream: UInt64
    private let sequence: UInt64
    /// As it was settled.
    private let settled: StreamUsage
    private var relay: AnswerRelay?
    private var connection: UpstreamConnection?
    private var keepsConnection: Bool
    private let deadline: NIODeadline
    private var bytesLeft: Int
    /// What the relay counts as delivered; nobody reads it.
    private var ledger = DeliveryLedger()

    /// - Parameters:
    ///   - sequence: of the record that the end makes.
    ///   - settled: the usage in the stream's settled record.
    ///   - relay: what has read the answer until now; nil before its head.
    ///   - keepsConnection: whether the head that was read allows another request behind it.
    init(
        core: WorkerCore, request: AcceptedRequest, stream: UInt64, sequence: UInt64,
        settled: StreamUsage, relay: AnswerRelay?, keepsConnection: Bool, bounds: UsageDrainBounds
    ) {
        self.core = core
        self.request = request
        self.stream = stream
        self.sequence = sequence
        self.settled = settled
        self.relay = relay
        self.keepsConnection = keepsConnection
        deadline = core.now + .milliseconds(Int64(bounds.timeout))
        bytesLeft = bounds.bytes
    }

    /// Index of the provider.
    var provider: Int { request.provider }

    /// Takes the connection over. False where there is nothing to be read.
    func begin(on connection: UpstreamConnection) -> Bool {
        guard connection.handOver(to: self) else { return false }
        self.connection = connection
        return true
    }

    func headArrived(_ head: ResponseHead, from connection: UpstreamConnection) {
        let plan = AnswerPlan(head, takesChunks: true)
        keepsConnection = head.keepsAlive
        relay = plan.relay(
            dialect: request.endpoint.dialect, hidesUsage: false, plan: request.plan,
            known: core.secrets, own: nil)
        if plan.isEmpty { end(reusable: keepsConnection) }
    }

    func bodyArrived(_ read: ByteBuffer) {
        bytesLeft -= read.readableBytes
        guard let output = relay?.consume(read, observer: &core.observer, ledger: &ledger) else {
            return end()
        }
        if output.isEnded {
            end(reusable: keepsConnection && !output.hasExcess)
        } else if output.terminal != nil || output.isBroken || bytesLeft <= 0 {
            end()
        }
    }

    func readCompleted() {}

    func providerClosed(cleanly: Bool) {
        _ = relay?.sourceClosed(ledger: &ledger)
        end()
    }

    func providerLost(_ failure: RelayFailure) { end() }

    func tick(now: NIODeadline) {
        if now >= deadline { end() }
    }

    /// What was learned is reported, if it is anything; the connection goes.
    func end(reusable: Bool = false) {
        guard core.remove(self) else { return }
        if reusable {
            connection?.release(reusable: !core.isDraining)
        } else {
            connection?.close()
        }
        connection = nil
        var usage = settled
        if let relay { usage.take(relay) }
        guard usage != settled else { return }
        core.accounts.amend(StreamAmended(stream: stream, sequence: sequence, usage: usage))
    }
}
