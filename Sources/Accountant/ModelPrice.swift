/// All prices of one model: by service tier, and for prompts above a threshold.
struct ModelPrice: Equatable, Sendable {
    /// Prices without a premium or a rebate.
    var standard: Rates
    /// By the provider's name of the tier.
    var tiers: [String: Rates] = [:]
    /// Prices for long prompts.
    var long: Long?

    /// What a prompt of more than `above` tokens costs, with all its completion.
    struct Long: Equatable, Sendable {
        var above: UInt64
        var standard: Rates?
        var tiers: [String: Rates] = [:]
    }

    /// The rates that apply.
    ///
    /// A tier for which the model has no price of its own is served at the standard price.
    ///
    /// - Parameters:
    ///   - tier: what the provider said; nil, `default`, `standard` and `auto` are the standard tier.
    ///   - promptTokens: all tokens of the prompt, cached or not.
    func rates(tier: String?, promptTokens: UInt64) -> Rates {
        if let long, promptTokens > long.above {
            if let rates = tier.flatMap({ long.tiers[$0] }) ?? long.standard { return rates }
        }
        return tier.flatMap { tiers[$0] } ?? standard
    }
}
