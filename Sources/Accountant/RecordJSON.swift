import GRDB

/// A record as the admin interface and `dd0c-route usage` show it: one JSON object, evidence that is
/// not there is null.
enum RecordJSON {
    /// The object, without a line end.
    static func text(_ row: Row) -> String {
        var json = JSONObjectWriter()
        json.member("id", row["id"] as String?)
        json.member("started_at", (row["started_at"] as Int64?).map(Timestamp.text))
        json.member("key", row["key"] as String?)
        json.member("endpoint", row["endpoint"] as String?)
        json.member("model", row["model"] as String?)
        json.member("provider", row["provider"] as String?)
        json.member("provider_model", row["provider_model"] as String?)
        json.member("stream", (row["is_streaming"] as Int64?).map { $0 != 0 })
        json.member("outcome", row["outcome"] as String?)
        json.member("status", row["status"] as Int64?)
        json.member("reason", row["reason"] as String?)
        json.member("prompt_tokens", json: counts(row, "prompt", hasDelivered: false))
        json.member("completion_tokens", json: counts(row, "completion", hasDelivered: true))
        for name in [
            "cached_tokens", "reasoning_tokens", "chunks_flushed", "bytes_flushed",
            "bytes_acknowledged", "cost_nanodollars",
        ] {
            json.member(name, row[name] as Int64?)
        }
        json.member("price_version", row["price_version"] as String?)
        json.member("first_byte_ms", (row["first_byte_ns"] as Int64?).map(milliseconds))
        json.member("duration_ms", (row["duration_ns"] as Int64?).map(milliseconds))
        json.member("worker", row["worker"] as Int64?)
        json.member("generation", row["generation"] as Int64?)
        json.member("corrections", row["corrections"] as Int64?)
        return json.finished()
    }

    private static func counts(_ row: Row, _ prefix: String, hasDelivered: Bool) -> String {
        var json = JSONObjectWriter()
        json.member("reported", row[prefix + "_reported"] as Int64?)
        json.member("produced", row[prefix + "_produced"] as Int64?)
        json.member("delivered", hasDelivered ? row[prefix + "_delivered"] as Int64? : nil)
        json.member("billed", row[prefix + "_billed"] as Int64?)
        json.member("source", row[prefix + "_source"] as String?)
        json.member("calibration", json: calibration(row, prefix))
        return json.finished()
    }

    /// What the billed count was corrected with; null where it was not.
    private static func calibration(_ row: Row, _ prefix: String) -> String {
        guard let ratio = row[prefix + "_ratio_ppm"] as Int64? else { return "null" }
        var json = JSONObjectWriter()
        json.member("ratio_ppm", ratio)
        json.member("error_ppm", row[prefix + "_error_ppm"] as Int64?)
        json.member("samples", row[prefix + "_samples"] as Int64?)
        return json.finished()
    }

    /// Whole milliseconds, rounded half up.
    private static func milliseconds(_ nanoseconds: Int64) -> Int64 {
        nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 >= 500_000 ? 1 : 0)
    }
}
