/// The tables whose rows are in the hash chain, and all their columns.
///
/// The accountant makes its statements of these lists, and the chain hashes what they name, so no column can
/// be written without being hashed.
public enum ChainedTable: CaseIterable, Sendable {
    /// Rates that were applied.
    case price
    /// Requests that are over.
    case record
    /// What came to be known of a record later.
    case correction

    /// The table's name in the database.
    public var name: String {
        switch self {
        case .price: "price"
        case .record: "record"
        case .correction: "correction"
        }
    }

    /// All columns, in the order in which they are hashed. `sequence` is the first. A new column goes to the
    /// end of its list: where it is null, the hash is what it was before the column was.
    public var columns: [String] {
        switch self {
        case .price: ["sequence", "version", "model", "rates"]
        case .record: Self.recordColumns
        case .correction: Self.correctionColumns
        }
    }

    private static let recordColumns = [
        "sequence", "id", "started_at", "settled_at", "key", "endpoint", "model", "provider",
        "provider_model", "is_streaming", "outcome", "status", "reason", "provider_accepted",
        "count_source", "prompt_reported", "prompt_produced", "prompt_billed", "prompt_source",
        "completion_reported", "completion_produced", "completion_delivered",
        "completion_billed", "completion_source", "cached_tokens", "cache_write_5m_tokens",
        "cache_write_1h_tokens", "reasoning_tokens", "service_tier", "chunks_flushed",
        "bytes_flushed", "bytes_acknowledged", "cost_nanodollars", "price_version",
        "price_model", "first_byte_ns", "duration_ns", "worker", "generation",
        "prompt_ratio_ppm", "prompt_error_ppm", "prompt_samples", "completion_ratio_ppm",
        "completion_error_ppm", "completion_samples", "stream_sequence", "price",
    ]

    private static let correctionColumns =
        ["sequence", "id", "number", "corrected_at", "stream_sequence"] + corrected

    /// What a correction says anew: the columns that `record` and `correction` have both, the evidence of
    /// what was delivered not among them.
    public static let corrected = [
        "provider_accepted", "prompt_reported", "prompt_billed", "prompt_source",
        "completion_reported", "completion_produced", "completion_billed", "completion_source",
        "cached_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "reasoning_tokens",
        "service_tier", "cost_nanodollars", "price_version", "price_model", "price",
        "prompt_ratio_ppm", "prompt_error_ppm", "prompt_samples", "completion_ratio_ppm",
        "completion_error_ppm", "completion_samples",
    ]

    /// A table in the FROM clause: every record with its latest correction applied, all columns of `record`,
    /// and `corrections`, the number of them.
    public static let effectiveRecords: String = {
        let columns = recordColumns.map { column in
            corrected.contains(column)
                ? "CASE WHEN c.number IS NULL THEN r.\(column) ELSE c.\(column) END AS \(column)"
                : "r.\(column) AS \(column)"
        }
        return "(SELECT \(columns.joined(separator: ", ")), COALESCE(c.number, 0) AS corrections "
            + "FROM record AS r LEFT JOIN correction AS c ON c.id = r.id AND c.number = "
            + "(SELECT MAX(number) FROM correction AS n WHERE n.id = r.id))"
    }()

    /// What the hashes of rows of this table begin with.
    var domain: String { "dd0c-route ledger \(name) 1" }
}
