import Foundation

/// The prices of one model's tokens, in pico-dollars (10^-12 USD) a token: some prices are a fraction of a
/// nano-dollar.
struct Rates: Equatable, Sendable {
    var input: UInt64
    /// nil: as `input`.
    var cachedInput: UInt64?
    /// Writing to the cache for 5 minutes; nil: as `input`.
    var cacheWrite5m: UInt64?
    /// Writing to the cache for an hour or longer; nil: as `cacheWrite5m`.
    var cacheWrite1h: UInt64?
    var output: UInt64

    /// The tokens of one request, by what they cost. No token is in two of them.
    struct Tokens: Equatable, Sendable {
        var input: UInt64 = 0
        var cachedInput: UInt64 = 0
        var cacheWrite5m: UInt64 = 0
        var cacheWrite1h: UInt64 = 0
        var output: UInt64 = 0
    }

    /// The cost in nano-dollars, rounded once, half up; nil when it does not fit.
    func cost(of tokens: Tokens) -> Int64? {
        let write5m = cacheWrite5m ?? input
        let parts: [(UInt64, UInt64)] = [
            (tokens.input, input), (tokens.cachedInput, cachedInput ?? input),
            (tokens.cacheWrite5m, write5m), (tokens.cacheWrite1h, cacheWrite1h ?? write5m),
            (tokens.output, output),
        ]
        var picodollars: UInt128 = 0
        for (count, price) in parts {
            // 64 by 64 bits always fit in 128.
            let product = UInt128(count) &* UInt128(price)
            let (sum, overflow) = picodollars.addingReportingOverflow(product)
            guard !overflow else { return nil }
            picodollars = sum
        }
        let (rounded, overflow) = picodollars.addingReportingOverflow(500)
        return overflow ? nil : Int64(exactly: rounded / 1000)
    }

    /// The rates as text that a person can read in the ledger.
    var description: String {
        func text(_ value: UInt64?) -> String { value.map(String.init) ?? "null" }
        return "{\"unit\":\"pico-dollars a token\",\"input\":\(input),"
            + "\"cached_input\":\(text(cachedInput)),\"cache_write_5m\":\(text(cacheWrite5m)),"
            + "\"cache_write_1h\":\(text(cacheWrite1h)),\"output\":\(output)}"
    }

    private struct Text: Decodable {
        var input: UInt64
        var cachedInput: UInt64?
        var cacheWrite5m: UInt64?
        var cacheWrite1h: UInt64?
        var output: UInt64

        enum CodingKeys: String, CodingKey {
            case input, output
            case cachedInput = "cached_input"
            case cacheWrite5m = "cache_write_5m"
            case cacheWrite1h = "cache_write_1h"
        }
    }

    /// Reads a `description` again; nil for any other text.
    init?(description: String) {
        guard let text = try? JSONDecoder().decode(Text.self, from: Data(description.utf8)) else {
            return nil
        }
        self.init(
            input: text.input, cachedInput: text.cachedInput, cacheWrite5m: text.cacheWrite5m,
            cacheWrite1h: text.cacheWrite1h, output: text.output)
    }

    /// Memberwise.
    init(
        input: UInt64, cachedInput: UInt64? = nil, cacheWrite5m: UInt64? = nil,
        cacheWrite1h: UInt64? = nil, output: UInt64
    ) {
        self.input = input
        self.cachedInput = cachedInput
        self.cacheWrite5m = cacheWrite5m
        self.cacheWrite1h = cacheWrite1h
        self.output = output
    }
}
