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
        if relay?.tally.isReported == true { return .counted }
        return request.plan.source(isText: relay?.tally.isText ?? true)
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
        usage.completionProduced = 0
        usage.completionDelivered = ledger.tokensFlushed
        usage.firstByteNanoseconds = firstByte
        if let relay { usage.take(relay) }
        return usage
    }
}

extension StreamUsage {
    /// What the answer has shown until now: what the provider reported, and what was counted of it.
    mutating func take(_ relay: AnswerRelay) {
        completionProduced = relay.tally.isReported ? nil : relay.tokensProduced
        completionScript = relay.tally.scriptClass
        completionIsText = relay.tally.isText
        reasoningProduced = relay.tally.reasoningTokens
        let facts = relay.scanner.facts
        promptReported = facts.promptTokens
        completionReported = facts.completionTokens
        cachedTokens = facts.cachedTokens
        cacheWrite5mTokens = facts.cacheWrite5mTokens
        cacheWrite1hTokens = facts.cacheWrite1hTokens
        reasoningTokens = facts.reasoningTokens
        serviceTier = facts.serviceTier
    }
}
