import IPC
import NIOCore

// What has reached the client, and the record that says so.
extension Exchange {
    func flush() {
        needsFlush = false
        client?.flush()
        account()
        if brokeOff, isAnswerOver { client?.closeAfterAnswer() }
    }

    /// Hands bytes to the client's connection. While its channel still holds others, each write is entered
    /// when the kernel has it: whenever this process is killed, the counters lack one at most.
    func write(_ bytes: ByteBuffer) {
        guard let client else { return }
        guard client.isChannelInUse, hasMarker || needsFlush else { return client.write(bytes) }
        client.write(bytes) { [self] in account() }
    }

    /// Enters what the kernel has taken; settles what waited for that.
    func account() {
        guard let client, let buffered = client.bytesBuffered else { return }
        let before = ledger.bytesFlushed
        if ledger.isFull { prune() }
        ledger.flushed(leaving: buffered, keepsUnacknowledged: client.tellsAcknowledged)
        if StreamAccounts.areKept, ledger.bytesFlushed != before {
            if firstByte == nil { firstByte = core.clock.monotonic &- request.started }
            core.accounts.update(ticket, counts)
            if !isMoved, !isSettled {
                isMoved = true
                core.accounts.noteMoved(self)
            }
        }
        guard buffered == 0 else { return awaitFlush(client) }
        if machine.pendingVerdict != nil, acknowledgedEnough() {
            handle(.delivered)
        } else if isAnswerOver, !isOutputClosed, !keepsClient || !client.keepsAlive {
            // Nothing more is said: the client need not wait for its own acknowledgement.
            isOutputClosed = true
            client.closeAfterAnswer()
        }
    }

    /// Asks to be told when the bytes that are in the channel now have gone.
    private func awaitFlush(_ client: any ExchangeClient) {
        guard !hasMarker else { return }
        hasMarker = true
        client.whenFlushed { [self] in
            hasMarker = false
            account()
        }
    }

    /// Whether the client has acknowledged all that was written, or nothing is to be gained by waiting for
    /// that. A client whose answer is whole may take its time: only what it has is charged if it leaves.
    private func acknowledgedEnough() -> Bool {
        guard StreamAccounts.areKept, let client, client.tellsAcknowledged else { return true }
        prune()
        if ledger.bytesAcknowledged >= ledger.bytesFlushed { return true }
        return brokeOff && core.now >= acknowledgeDeadline
    }

    /// Looks at what the client's kernel has acknowledged.
    func prune() {
        guard let acknowledged = client?.bytesAcknowledged, acknowledged > bodyBase else { return }
        ledger.acknowledged(acknowledged - bodyBase)
    }

    func settle(_ verdict: StreamStateMachine.Verdict) {
        guard !isSettled else { return }
        if let client, let buffered = client.bytesBuffered {
            ledger.flushed(leaving: buffered, keepsUnacknowledged: client.tellsAcknowledged)
        }
        let looksAtClient = StreamAccounts.areKept && client?.tellsAcknowledged == true
        if looksAtClient { prune() }
        var usage = self.usage
        if looksAtClient, relay != nil {
            usage.bytesAcknowledged = ledger.bytesAcknowledged
            usage.completionDelivered = ledger.tokensAcknowledged
        }
        isSettled = true
        settledUsage = usage
        sequence &+= 1
        core.accounts.settle(
            StreamSettled(
                stream: ticket.stream, sequence: sequence, outcome: verdict.outcome,
                status: verdict.status,
                durationNanoseconds: core.clock.monotonic &- request.started,
                reason: verdict.failure.map { "\($0.reason)" }, usage: usage), ticket)
    }

    /// Where the stream stands, for a progress report; nil once it is settled.
    func takeProgress() -> StreamProgress? {
        isMoved = false
        guard !isSettled else { return nil }
        sequence &+= 1
        return StreamProgress(stream: ticket.stream, sequence: sequence, usage: usage)
    }

    /// The exchange is over: the client's connection goes on with its next request.
    func finish() {
        waiter = nil
        provider = nil
        outgoing = nil
        guard let client, isAnswerOver else { return }
        if needsFlush { client.flush() }
        needsFlush = false
        self.client = nil
        client.exchangeOver(self, keepsAlive: keepsClient)
    }
}
