import IPC

// What the exchange knows of its consumption, in the forms that the books take.
extension Exchange {
    /// For the counters: what another process reads when this one was killed.
    var counts: StreamCounts {
        var counts = StreamCounts()
        counts.chunksFlushed = ledger.eventsFlushed
        counts.bytesFlushed = ledger.bytesFlushed
        counts.bytesAcknowledged = ledger.bytesAcknowledged
        counts.completionProduced = relay?.tokensProduced ?? 0
        counts.completionDelivered = ledger.tokensFlushed
        counts.firstByteNanoseconds = firstByte ?? 0
        counts.providerAccepted = providerAccepted
        counts.countSource = completionSource
        counts.completionScript = relay?.tally.scriptClass
        return counts
    }

    /// How exact the completion's counts are.
    private var completionSource: CountSource {
        request.plan.source(isText: relay?.tally.isText ?? true)
    }

    /// For the usage channel. Delivered is what was flushed; a settlement that knows better says so.
    var usage: StreamUsage {
        var usage = StreamUsage()
        usage.chunksFlushed = ledger.eventsFlushed
        usage.bytesFlushed = ledger.bytesFlushed
        usage.providerAccepted = providerAccepted
        usage.promptProduced = request.prompt.tokens
        usage.countSource = completionSource
        if request.prompt.source != usage.countSource { usage.promptSource = request.prompt.source }
        usage.completionProduced = relay?.tokensProduced ?? 0
        usage.completionDelivered = ledger.tokensFlushed
        usage.firstByteNanoseconds = firstByte
        guard let relay else { return usage }
        usage.completionScript = relay.tally.scriptClass
        usage.completionIsText = relay.tally.isText
        usage.reasoningProduced = relay.tally.reasoningTokens
        let facts = relay.scanner.facts
        usage.promptReported = facts.promptTokens
        usage.completionReported = facts.completionTokens
        usage.cachedTokens = facts.cachedTokens
        usage.cacheWrite5mTokens = facts.cacheWrite5mTokens
        usage.cacheWrite1hTokens = facts.cacheWrite1hTokens
        usage.reasoningTokens = facts.reasoningTokens
        usage.serviceTier = facts.serviceTier
        return usage
    }
}
