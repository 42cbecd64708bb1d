/// The columns in which usage records are listed.
enum UsageColumns {
    /// A column: its heading and where its value stands in a record.
    struct Column: Equatable {
        var name: String
        var path: [String]

        init(_ name: String, _ path: [String]? = nil) {
            self.name = name
            self.path = path ?? [name]
        }
    }

    /// The columns of a format.
    static func columns(_ format: ListFormat) -> [Column] {
        format == .csv ? all : short
    }

    /// What fits on a terminal and answers most questions.
    private static let short = [
        Column("started_at"), Column("key"), Column("model"), Column("outcome"), Column("status"),
        Column("prompt", ["prompt_tokens", "billed"]),
        Column("completion", ["completion_tokens", "billed"]),
        Column("source", ["completion_tokens", "source"]), Column("bytes_flushed"),
        Column("cost_nanodollars"), Column("duration_ms"),
    ]

    private static let evidence = ["reported", "produced", "delivered", "billed", "source"]

    /// Every field of a record.
    private static let all: [Column] =
        [
            "id", "started_at", "key", "endpoint", "model", "provider", "provider_model", "stream",
            "outcome", "status", "reason",
        ].map { Column($0) }
        + ["prompt_tokens", "completion_tokens"].flatMap { group in
            evidence.map { Column("\(group)_\($0)", [group, $0]) }
        }
        + [
            "cached_tokens", "reasoning_tokens", "chunks_flushed", "bytes_flushed",
            "bytes_acknowledged", "cost_nanodollars", "price_version", "first_byte_ms",
            "duration_ms", "worker", "generation",
        ].map { Column($0) }
        + ["prompt_tokens", "completion_tokens"].flatMap { group in
            ["ratio_ppm", "error_ppm", "samples"].map {
                Column("\(group)_calibration_\($0)", [group, "calibration", $0])
            }
        } + [Column("corrections")]
}
