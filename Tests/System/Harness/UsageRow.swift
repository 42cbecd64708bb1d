import Foundation

/// One record as `GET /usage` gives it.
struct UsageRow: Decodable, Sendable {
    struct Tokens: Decodable, Sendable, Equatable {
        var reported: Int?
        var produced: Int?
        var delivered: Int?
        var billed: Int?
        var source: String?
        var calibration: Calibration?

        /// What a count made here comes to, by the ratio in the record where it has one.
        func corrected(_ tokens: Int?) -> Int {
            guard let calibration else { return tokens ?? 0 }
            return ((tokens ?? 0) * calibration.ratio_ppm + 500_000) / 1_000_000
        }
    }

    struct Calibration: Decodable, Sendable, Equatable {
        var ratio_ppm: Int
        var error_ppm: Int
        var samples: Int
    }

    var id: String
    var started_at: String?
    var key: String?
    var endpoint: String?
    var model: String?
    var provider: String?
    var provider_model: String?
    var stream: Bool?
    /// nil (or `open`) while the stream runs.
    var outcome: String?
    var status: Int?
    var prompt_tokens: Tokens?
    var completion_tokens: Tokens?
    var cached_tokens: Int?
    var reasoning_tokens: Int?
    var chunks_flushed: Int?
    var bytes_flushed: Int?
    var bytes_acknowledged: Int?
    var cost_nanodollars: Int?
    var price_version: String?
    var first_byte_ms: Double?
    var duration_ms: Double?
    var generation: Int?
    var corrections: Int?

    var isSettled: Bool { outcome != nil && outcome != "open" }
}
