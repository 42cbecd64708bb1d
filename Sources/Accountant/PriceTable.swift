import Configuration
import IPC

/// Finds the price of a model: the operator's rules first, then the shipped table.
struct PriceTable: Sendable {
    /// A price and what it is called in the ledger.
    struct Match: Equatable, Sendable {
        /// The table's version, or `configured-` and a hash of the rule.
        var version: String
        /// The rule's pattern or the table's model id.
        var model: String
        var price: ModelPrice
    }

    /// Why rules cannot be used.
    enum Failure: Error, Equatable {
        /// A price below zero, or too large to count in pico-dollars.
        case impossiblePrice(match: String)
    }

    private let rules: [Match]
    private let shipped: ShippedPrices

    /// - Throws: `Failure`.
    init(rules: [PriceRule], shipped: ShippedPrices) throws(Failure) {
        var converted: [Match] = []
        for rule in rules { converted.append(try Self.convert(rule)) }
        self.rules = converted
        self.shipped = shipped
    }

    /// The price of the model, as its provider names it; nil when there is none: the cost is then unknown.
    func find(_ model: String) -> Match? {
        if let rule = rules.first(where: { Wildcard.matches($0.model, model) }) { return rule }
        guard let name = Self.candidates(model).first(where: { shipped.models[$0] != nil }),
            let price = shipped.models[name]
        else { return nil }
        return Match(version: shipped.version, model: name, price: price)
    }

    /// The ids under which a model may be listed, the exact one first: without the organisation of a
    /// fine-tuned model, without the date of a snapshot. Never a mere prefix: `gpt-4o` must not give
    /// `gpt-4o-mini-next` its price.
    static func candidates(_ model: String) -> [String] {
        var found = [model]
        if model.hasPrefix("ft:") {
            let parts = model.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            if parts.count > 2 { found.append(parts[..<2].joined(separator: ":")) }
        }
        if let undated = withoutDate(found[found.count - 1]) { found.append(undated) }
        return found
    }

    /// The id without `-YYYY-MM-DD`, `-YYYYMMDD`, `@YYYYMMDD` or `-latest` at its end; nil without one.
    private static func withoutDate(_ model: String) -> String? {
        for shape in ["-0000-00-00", "-00000000", "@00000000"] {
            let tail = model.utf8.suffix(shape.utf8.count)
            guard tail.count == shape.utf8.count, tail.count < model.utf8.count else { continue }
            let fits = zip(tail, shape.utf8).allSatisfy { byte, expected in
                expected == UInt8(ascii: "0")
                    ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == expected
            }
            if fits { return String(model.dropLast(shape.utf8.count)) }
        }
        return model.hasSuffix("-latest") ? String(model.dropLast("-latest".utf8.count)) : nil
    }

    private static func convert(_ rule: PriceRule) throws(Failure) -> Match {
        func picodollars(_ nanodollars: Int64) throws(Failure) -> UInt64 {
            let (value, overflow) = nanodollars.multipliedReportingOverflow(by: 1000)
            guard !overflow, value >= 0 else { throw .impossiblePrice(match: rule.match) }
            return UInt64(value)
        }
        func picodollars(_ nanodollars: Int64?) throws(Failure) -> UInt64? {
            guard let nanodollars else { return nil }
            return try picodollars(nanodollars) as UInt64
        }
        let rates = Rates(
            input: try picodollars(rule.input), cachedInput: try picodollars(rule.cachedInput),
            cacheWrite5m: try picodollars(rule.cacheWrite5m),
            cacheWrite1h: try picodollars(rule.cacheWrite1h),
            output: try picodollars(rule.output))
        let hash = StableHash.of(rule.match + rates.description)
        return Match(
            version: "configured-" + StreamKey.hexadecimal(hash), model: rule.match,
            price: ModelPrice(standard: rates))
    }
}

/// A hash that is the same in every process and every build (FNV-1a, 64 bits): names a version, protects nothing.
enum StableHash {
    static func of(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 {
            hash ^= UInt64(byte)
            hash &*= 0x100_0000_01b3
        }
        return hash
    }
}
