import GRDB
import IPC
import LedgerFormat

extension LedgerRows {
    // Older versions did not keep which of an edition's rates were applied: one of them, then.
    private static let findSettled = """
        SELECT e.*, p.rates AS rates,
            (SELECT MAX(stream_sequence) FROM correction AS c WHERE c.id = e.id) AS amended_sequence
        FROM \(ChainedTable.effectiveRecords) AS e
        LEFT JOIN price AS p ON p.sequence = e.price
            OR (e.price IS NULL AND p.version = e.price_version AND p.model = e.price_model)
        WHERE e.id = ? ORDER BY p.sequence LIMIT 1
        """

    /// A stream's record, as it was corrected; nil when it has none.
    ///
    /// - Throws: `DatabaseError`.
    static func settled(_ key: StreamKey, _ db: Database) throws -> SettledStream? {
        let statement = try db.cachedStatement(sql: findSettled)
        guard let row = try Row.fetchOne(statement, arguments: [key.id]),
            let outcome = Outcome(name: row["outcome"])
        else { return nil }
        let prompt = charge(row, "prompt")
        let completion = charge(row, "completion")
        let sequence = row["amended_sequence"] as Int64? ?? row["stream_sequence"] as Int64?
        return SettledStream(
            key: key, outcome: outcome,
            endpoint: (row["endpoint"] as String?).flatMap { path in
                Endpoint.allCases.first { $0.path == path }
            },
            providerModel: row["provider_model"],
            streamSequence: sequence.map { UInt64(clamping: $0) }, corrections: row["corrections"],
            usage: usage(row, prompt: prompt), bill: .init(prompt: prompt, completion: completion),
            priced: priced(row))
    }

    private static func charge(_ row: Row, _ side: String) -> BillingPolicy.Charge {
        var calibration: Calibration?
        if let ratio = (row[side + "_ratio_ppm"] as Int64?).flatMap({ UInt32(exactly: $0) }) {
            calibration = Calibration(
                ratio: ratio, error: UInt32(clamping: row[side + "_error_ppm"] as Int64? ?? 0),
                samples: UInt64(clamping: row[side + "_samples"] as Int64? ?? 0))
        }
        return BillingPolicy.Charge(
            tokens: number(row, side + "_billed"),
            source: BillingPolicy.Source(rawValue: row[side + "_source"]) ?? .none,
            calibration: calibration)
    }

    private static func usage(_ row: Row, prompt: BillingPolicy.Charge) -> StreamUsage {
        var usage = StreamUsage()
        usage.chunksFlushed = number(row, "chunks_flushed") ?? 0
        usage.bytesFlushed = number(row, "bytes_flushed") ?? 0
        usage.bytesAcknowledged = number(row, "bytes_acknowledged")
        usage.providerAccepted = (row["provider_accepted"] as Int64) != 0
        usage.promptReported = number(row, "prompt_reported")
        usage.promptProduced = number(row, "prompt_produced")
        usage.completionReported = number(row, "completion_reported")
        usage.completionProduced = number(row, "completion_produced")
        usage.completionDelivered = number(row, "completion_delivered")
        usage.countSource = source(row["count_source"]) ?? .estimated
        // What was corrected was an estimate, and is corrected again by the same ratio.
        usage.promptSource =
            prompt.calibration == nil ? source(prompt.source.rawValue) : .estimated
        usage.cachedTokens = number(row, "cached_tokens")
        usage.cacheWrite5mTokens = number(row, "cache_write_5m_tokens")
        usage.cacheWrite1hTokens = number(row, "cache_write_1h_tokens")
        usage.reasoningTokens = number(row, "reasoning_tokens")
        usage.serviceTier = row["service_tier"]
        usage.firstByteNanoseconds = number(row, "first_byte_ns")
        return usage
    }

    private static func priced(_ row: Row) -> Pricing.Priced? {
        guard let cost = row["cost_nanodollars"] as Int64?,
            let version = row["price_version"] as String?,
            let model = row["price_model"] as String?,
            let rates = (row["rates"] as String?).flatMap({ Rates(description: $0) })
        else { return nil }
        return Pricing.Priced(nanodollars: cost, version: version, model: model, rates: rates)
    }

    private static func source(_ name: String) -> CountSource? {
        CountSource.allCases.first { $0.name == name }
    }

    private static func number(_ row: Row, _ column: String) -> UInt64? {
        (row[column] as Int64?).map { UInt64(clamping: $0) }
    }
}
