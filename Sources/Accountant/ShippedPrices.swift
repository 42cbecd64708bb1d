import Foundation

/// The price table that is part of the program: `Resources/prices.json`, made by `Scripts/make-prices.py`.
struct ShippedPrices: Sendable {
    /// Name of this edition, stored with every record that it priced.
    var version: String
    /// Prices by the provider's model id.
    var models: [String: ModelPrice]

    /// Why a table cannot be read.
    enum Failure: Error, Equatable {
        case notATable
        case badRow(model: String)
    }

    /// No prices at all.
    static let empty = ShippedPrices(version: "none", models: [:])

    /// The table in this build.
    ///
    /// - Throws: `Failure`, which a test rules out for what is shipped.
    static func embedded() throws(Failure) -> ShippedPrices {
        try ShippedPrices(json: Data(PackageResources.prices_json))
    }

    init(version: String, models: [String: ModelPrice]) {
        self.version = version
        self.models = models
    }

    /// Reads a table.
    ///
    /// - Throws: `Failure`.
    init(json: Data) throws(Failure) {
        guard let document = try? JSONDecoder().decode(Document.self, from: json),
            document.columns == Document.columns, document.unit == Document.unit
        else { throw .notATable }
        version = document.version
        models = [:]
        for (name, row) in document.models {
            guard let price = row.price else { throw .badRow(model: name) }
            models[name] = price
        }
    }

    private struct Document: Decodable {
        static let unit = "pico-dollars a token"
        static let columns = [
            "input", "cached_input", "cache_write_5m", "cache_write_1h", "output",
        ]
        var version: String
        var unit: String
        var columns: [String]
        var models: [String: Row]
    }

    private struct Row: Decodable {
        var standard: [UInt64?]
        var batch: [UInt64?]?
        var flex: [UInt64?]?
        var priority: [UInt64?]?
        var ultrafast: [UInt64?]?
        var above: UInt64?
        var long: [String: [UInt64?]]?

        var price: ModelPrice? {
            guard let standard = Self.rates(standard) else { return nil }
            var result = ModelPrice(standard: standard)
            let named = [
                "batch": batch, "flex": flex, "priority": priority, "ultrafast": ultrafast,
            ]
            for case (let tier, let row?) in named {
                guard let rates = Self.rates(row) else { return nil }
                result.tiers[tier] = rates
            }
            if let above {
                var tiers: [String: Rates] = [:]
                for (tier, row) in long ?? [:] {
                    guard let rates = Self.rates(row) else { return nil }
                    tiers[tier] = rates
                }
                let standard = tiers.removeValue(forKey: "standard")
                result.long = ModelPrice.Long(above: above, standard: standard, tiers: tiers)
            }
            return result
        }

        private static func rates(_ row: [UInt64?]) -> Rates? {
            guard row.count == Document.columns.count, let input = row[0], let output = row[4]
            else { return nil }
            return Rates(
                input: input, cachedInput: row[1], cacheWrite5m: row[2], cacheWrite1h: row[3],
                output: output)
        }
    }
}
