import Configuration
import IPC
import Testing

@testable import Accountant

@Suite("Money is exact integers, rounded once")
struct PricingTests {
    @Test("Rounding is half up, once for the whole record")
    func rounding() {
        let half = Rates(input: 500, output: 500)
        #expect(half.cost(of: Rates.Tokens(input: 1)) == 1)
        #expect(half.cost(of: Rates.Tokens(input: 1, output: 1)) == 1)
        #expect(half.cost(of: Rates.Tokens(input: 2, output: 1)) == 2)
        #expect(Rates(input: 499, output: 0).cost(of: Rates.Tokens(input: 1)) == 0)
        // 12.5 nano-dollars a token, as a model of 0.0125 USD per million is.
        #expect(Rates(input: 12_500, output: 0).cost(of: Rates.Tokens(input: 3)) == 38)
        #expect(half.cost(of: Rates.Tokens()) == 0)
    }

    @Test("Missing prices fall back to the next dearer kind of input")
    func fallbacks() {
        let plain = Rates(input: 1000, output: 0)
        #expect(
            plain.cost(of: Rates.Tokens(cachedInput: 1, cacheWrite5m: 1, cacheWrite1h: 1)) == 3)
        let written = Rates(input: 1000, cacheWrite5m: 2000, output: 0)
        #expect(written.cost(of: Rates.Tokens(cacheWrite5m: 1, cacheWrite1h: 1)) == 4)
    }

    @Test("What does not fit is unknown, never wrong")
    func overflow() {
        let dear = Rates(input: .max, cachedInput: .max, output: .max)
        #expect(dear.cost(of: Rates.Tokens(input: .max)) == nil)
        #expect(dear.cost(of: Rates.Tokens(input: .max, cachedInput: .max, output: .max)) == nil)
        #expect(Rates(input: 1000, output: 0).cost(of: Rates.Tokens(input: 1 << 63)) == nil)
        #expect(
            Rates(input: 1000, output: 0).cost(of: Rates.Tokens(input: UInt64(Int64.max)))
                == .max)
    }

    @Test("OpenAI's prompt count includes the cache, Anthropic's does not")
    func families() {
        var usage = StreamUsage()
        usage.cachedTokens = 60
        usage.cacheWrite5mTokens = 20
        usage.cacheWrite1hTokens = 10
        #expect(
            Pricing.split(prompt: 100, completion: 5, usage: usage, endpoint: .chatCompletions)
                == Rates.Tokens(
                    input: 10, cachedInput: 60, cacheWrite5m: 20, cacheWrite1h: 10, output: 5))
        #expect(
            Pricing.split(prompt: 100, completion: 5, usage: usage, endpoint: .messages)
                == Rates.Tokens(
                    input: 100, cachedInput: 60, cacheWrite5m: 20, cacheWrite1h: 10, output: 5))
        #expect(
            Pricing.split(prompt: 50, completion: 5, usage: usage, endpoint: .responses)
                == Rates.Tokens(input: 0, cachedInput: 50, output: 5))
    }

    static func match() -> PriceTable.Match {
        PriceTable.Match(
            version: "v1", model: "m",
            price: ModelPrice(
                standard: Rates(input: 1000, output: 10_000),
                tiers: ["priority": Rates(input: 2000, output: 20_000)],
                long: ModelPrice.Long(
                    above: 200, standard: Rates(input: 4000, output: 40_000),
                    tiers: ["flex": Rates(input: 3000, output: 30_000)])))
    }

    static func cost(
        prompt: UInt64, tier: String? = nil, cached: UInt64? = nil,
        endpoint: Endpoint = .chatCompletions
    ) -> Int64? {
        var usage = StreamUsage()
        usage.serviceTier = tier
        usage.cachedTokens = cached
        let bill = BillingPolicy.Bill(
            prompt: BillingPolicy.Charge(tokens: prompt, source: .reported),
            completion: BillingPolicy.Charge(tokens: 1, source: .reported))
        return Pricing.price(bill, usage: usage, endpoint: endpoint, match: match())?.nanodollars
    }

    @Test("The tier and the length of the prompt choose the rates")
    func tiersAndLength() {
        #expect(Self.cost(prompt: 100) == 110)
        #expect(Self.cost(prompt: 100, tier: "default") == 110)
        #expect(Self.cost(prompt: 100, tier: "priority") == 220)
        #expect(Self.cost(prompt: 100, tier: "of tomorrow") == 110)
        #expect(Self.cost(prompt: 200) == 210)
        #expect(Self.cost(prompt: 201) == 844)
        #expect(Self.cost(prompt: 201, tier: "flex") == 633)
        #expect(Self.cost(prompt: 201, tier: "priority") == 844)
        // Anthropic's cached tokens are no part of its count, but of the prompt's length.
        #expect(Self.cost(prompt: 101, cached: 100, endpoint: .messages) == 844)
        #expect(Self.cost(prompt: 101, cached: 100) == 111)
    }

    @Test("No price and no count give no cost")
    func unknown() {
        let known = BillingPolicy.Bill(
            prompt: BillingPolicy.Charge(tokens: 1, source: .reported), completion: .nothing)
        #expect(Pricing.price(known, usage: StreamUsage(), endpoint: nil, match: nil) == nil)
        let unknown = BillingPolicy.Bill(prompt: .nothing, completion: .unknown)
        #expect(
            Pricing.price(unknown, usage: StreamUsage(), endpoint: nil, match: Self.match()) == nil)
    }
}

@Suite("A model finds its own price or none")
struct PriceTableTests {
    @Test("Dates, fine-tunes and `latest` lead to the model; other suffixes do not")
    func names() throws {
        let shipped = try ShippedPrices.embedded()
        let table = try PriceTable(rules: [], shipped: shipped)
        let expected: [(String, String?)] = [
            ("gpt-4o", "gpt-4o"), ("gpt-4o-2024-11-20", "gpt-4o-2024-11-20"),
            ("gpt-4o-2031-01-02", "gpt-4o"), ("gpt-4o-mini-2031-01-02", "gpt-4o-mini"),
            ("gpt-4o-mini-next", nil), ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5-20250929"),
            ("claude-sonnet-5-20270101", "claude-sonnet-5"),
            ("claude-sonnet-5@20270101", "claude-sonnet-5"),
            ("claude-sonnet-5-latest", "claude-sonnet-5"),
            ("ft:gpt-4o-2024-08-06:org:name:id", "ft:gpt-4o-2024-08-06"), ("mock", nil), ("", nil),
            ("-2031-01-02", nil),
        ]
        for (model, row) in expected { #expect(table.find(model)?.model == row, "\(model)") }
        #expect(table.find("gpt-4o")?.version == shipped.version)
    }

    @Test("The shipped table is whole, and its figures are the published ones")
    func shipped() throws {
        let shipped = try ShippedPrices.embedded()
        #expect(shipped.models.count > 100)
        #expect(shipped.version == "litellm-1.109.1")
        let model = try #require(shipped.models["gpt-4o"])
        #expect(
            model.standard == Rates(input: 2_500_000, cachedInput: 1_250_000, output: 10_000_000))
        #expect(model.tiers["priority"]?.output == 17_000_000)
        let claude = try #require(shipped.models["claude-sonnet-4-5"])
        #expect(
            claude.standard
                == Rates(
                    input: 3_000_000, cachedInput: 300_000, cacheWrite5m: 3_750_000,
                    cacheWrite1h: 6_000_000, output: 15_000_000))
        let long = try #require(shipped.models["gpt-5.4"]?.long)
        #expect(long.above == 272_000 && long.standard?.input == 5_000_000)
        #expect(shipped.models["text-embedding-3-small"]?.standard.output == 0)
    }

    @Test("The operator's rules come first, and their version names their content")
    func rules() throws {
        let rule = PriceRule(match: "gpt-*", input: 7, output: 9)
        let table = try PriceTable(rules: [rule], shipped: ShippedPrices.embedded())
        let found = try #require(table.find("gpt-4o"))
        #expect(found.price.standard == Rates(input: 7000, output: 9000))
        #expect(found.version.hasPrefix("configured-") && found.model == "gpt-*")
        let other = try PriceTable(
            rules: [PriceRule(match: "gpt-*", input: 7, output: 10)], shipped: .empty)
        #expect(other.find("gpt-4o")?.version != found.version)
        #expect(table.find("claude-sonnet-5")?.version == "litellm-1.109.1")
    }

    @Test("Impossible prices are refused", arguments: [-1, Int64.max])
    func impossible(_ price: Int64) {
        #expect(throws: PriceTable.Failure.impossiblePrice(match: "m")) {
            try PriceTable(rules: [PriceRule(match: "m", input: 1, output: price)], shipped: .empty)
        }
    }

    @Test("A table that is none is refused")
    func broken() {
        #expect(throws: ShippedPrices.Failure.notATable) {
            try ShippedPrices(json: .init("{}".utf8))
        }
    }
}
