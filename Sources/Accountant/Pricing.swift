import IPC

/// Turns a bill into money.
enum Pricing {
    /// A cost and the rates that gave it.
    struct Priced: Equatable, Sendable {
        var nanodollars: Int64
        var version: String
        var model: String
        var rates: Rates
    }

    /// The cost of a bill; nil when the model has no price (also for a bill of nothing: 0 always means
    /// that a price was applied), when a count is unknown, or when the sum does not fit.
    static func price(
        _ bill: BillingPolicy.Bill, usage: StreamUsage, endpoint: Endpoint?,
        match: PriceTable.Match?
    ) -> Priced? {
        guard let match, let prompt = bill.prompt.tokens, let completion = bill.completion.tokens
        else { return nil }
        let tokens = split(
            prompt: prompt, completion: completion,
            usage: bill.prompt.source == .reported ? usage : StreamUsage(), endpoint: endpoint)
        let (cached, overflow) = tokens.input.addingReportingOverflow(tokens.cachedInput)
        let (written, overflow2) = tokens.cacheWrite5m.addingReportingOverflow(tokens.cacheWrite1h)
        let (whole, overflow3) = cached.addingReportingOverflow(written)
        guard !overflow, !overflow2, !overflow3 else { return nil }
        let rates = match.price.rates(tier: usage.serviceTier, promptTokens: whole)
        guard let cost = rates.cost(of: tokens) else { return nil }
        return Priced(
            nanodollars: cost, version: match.version, model: match.model, rates: rates)
    }

    /// The tokens by what they cost. OpenAI's prompt count includes what was read from and written to
    /// the cache; Anthropic's excludes both, which are then charged beside it.
    static func split(
        prompt: UInt64, completion: UInt64, usage: StreamUsage, endpoint: Endpoint?
    ) -> Rates.Tokens {
        var tokens = Rates.Tokens(
            input: prompt, cachedInput: usage.cachedTokens ?? 0,
            cacheWrite5m: usage.cacheWrite5mTokens ?? 0,
            cacheWrite1h: usage.cacheWrite1hTokens ?? 0, output: completion)
        if endpoint == .messages { return tokens }
        // A part can never be more than the whole, whatever the provider says.
        tokens.cachedInput = min(tokens.cachedInput, tokens.input)
        tokens.input -= tokens.cachedInput
        tokens.cacheWrite5m = min(tokens.cacheWrite5m, tokens.input)
        tokens.input -= tokens.cacheWrite5m
        tokens.cacheWrite1h = min(tokens.cacheWrite1h, tokens.input)
        tokens.input -= tokens.cacheWrite1h
        return tokens
    }
}
