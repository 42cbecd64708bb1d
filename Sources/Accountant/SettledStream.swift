import IPC

/// A stream that has its record, with what was corrected of it since.
struct SettledStream: Equatable, Sendable {
    var key: StreamKey
    var outcome: Outcome
    var endpoint: Endpoint?
    var providerModel: String?
    /// Sequence of the last record of the channel that was applied; nil: an older version did not keep it.
    var streamSequence: UInt64?
    /// Number of its corrections.
    var corrections: Int64
    var usage: StreamUsage
    var bill: BillingPolicy.Bill
    var priced: Pricing.Priced?

    /// What the amendment changes; nil when it is stale, or says nothing that is better evidence.
    ///
    /// Evidence goes from nothing to a number, from a count to the provider's report. What was delivered stays,
    /// and so the completion is never charged more than before.
    ///
    /// - Parameter now: nanoseconds since the epoch.
    func correction(
        by amended: StreamAmended, now: Int64, prices: PriceTable
    ) -> LedgerCorrection? {
        if let streamSequence, amended.sequence <= streamSequence { return nil }
        let usage = Self.evidence(usage, with: amended.usage)
        var bill = BillingPolicy.bill(
            outcome: outcome, endpoint: endpoint, usage: usage,
            calibrations: Calibration.Pair(
                prompt: self.bill.prompt.calibration, completion: self.bill.completion.calibration))
        if bill.prompt.tokens == nil { bill.prompt = self.bill.prompt }
        if let before = self.bill.completion.tokens, bill.completion.tokens ?? .max > before {
            bill.completion = self.bill.completion
        }
        guard usage != self.usage || bill != self.bill else { return nil }
        return LedgerCorrection(
            key: key, number: corrections + 1, correctedAt: now, streamSequence: amended.sequence,
            usage: usage, bill: bill,
            priced: Pricing.price(bill, usage: usage, endpoint: endpoint, match: match(prices)))
    }

    /// The stream with the correction applied.
    func corrected(by correction: LedgerCorrection) -> SettledStream {
        var result = self
        result.streamSequence = correction.streamSequence
        result.corrections = correction.number
        result.usage = correction.usage
        result.bill = correction.bill
        result.priced = correction.priced
        return result
    }

    /// The price that the record was charged at, whatever the table says today.
    private func match(_ prices: PriceTable) -> PriceTable.Match? {
        let today = providerModel.flatMap { prices.find($0) }
        guard let priced else { return today }
        // The same edition knows the rates of other tiers too.
        if let today, today.version == priced.version, today.model == priced.model { return today }
        return PriceTable.Match(
            version: priced.version, model: priced.model,
            price: ModelPrice(standard: priced.rates))
    }

    private static func evidence(_ before: StreamUsage, with new: StreamUsage) -> StreamUsage {
        var usage = before
        usage.providerAccepted = before.providerAccepted || new.providerAccepted
        usage.promptReported = new.promptReported ?? before.promptReported
        usage.completionReported = new.completionReported ?? before.completionReported
        if let produced = new.completionProduced {
            usage.completionProduced = max(produced, before.completionProduced ?? 0)
        }
        usage.cachedTokens = new.cachedTokens ?? before.cachedTokens
        usage.cacheWrite5mTokens = new.cacheWrite5mTokens ?? before.cacheWrite5mTokens
        usage.cacheWrite1hTokens = new.cacheWrite1hTokens ?? before.cacheWrite1hTokens
        usage.reasoningTokens = new.reasoningTokens ?? before.reasoningTokens
        usage.serviceTier = new.serviceTier ?? before.serviceTier
        return usage
    }
}
