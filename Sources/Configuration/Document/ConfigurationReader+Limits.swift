extension ConfigurationReader {
    /// A limit of the file: its key, where it goes, and what it can be.
    private struct Limit {
        enum Unit { case bytes, milliseconds, count }
        let key: String
        let path: WritableKeyPath<Limits, Int>
        let unit: Unit
        let range: ClosedRange<Int>
    }

    private static var limits: [Limit] {
        let kibibyte = 1024
        let hour = 3_600_000
        return [
            Limit(
                key: "header_bytes", path: \.headerBytes, unit: .bytes,
                range: kibibyte...(1024 * kibibyte)),
            Limit(
                key: "body_bytes", path: \.bodyBytes, unit: .bytes,
                range: kibibyte...(1024 * 1024 * kibibyte)),
            Limit(
                key: "header_timeout", path: \.headerTimeout, unit: .milliseconds,
                range: 100...hour),
            Limit(key: "body_timeout", path: \.bodyTimeout, unit: .milliseconds, range: 100...hour),
            Limit(key: "idle_timeout", path: \.idleTimeout, unit: .milliseconds, range: 100...hour),
            Limit(
                key: "connect_timeout", path: \.connectTimeout, unit: .milliseconds,
                range: 100...hour),
            Limit(
                key: "response_timeout", path: \.responseTimeout, unit: .milliseconds,
                range: 100...hour),
            Limit(
                key: "stream_idle_timeout", path: \.streamIdleTimeout, unit: .milliseconds,
                range: 100...hour),
            // As many as a worker's counters can have slots (IPC's CounterLayout).
            Limit(
                key: "streams_per_worker", path: \.streamsPerWorker, unit: .count,
                range: 1...(1 << 20)),
        ]
    }

    /// Sizes and times; what is not given stays as `Limits` has it.
    mutating func readLimits(_ field: Field?) -> Limits {
        var limits = Limits()
        guard let field,
            let entry = MappingReader(field, known: Self.limits.map(\.key), &problems)
        else { return limits }
        for limit in Self.limits {
            guard let field = entry.optional(limit.key) else { continue }
            let value =
                switch limit.unit {
                case .bytes: field.byteSize(in: limit.range, &problems)
                case .milliseconds: field.duration(in: limit.range, &problems)
                case .count: field.integer(in: limit.range, &problems)
                }
            if let value { limits[keyPath: limit.path] = value }
        }
        return limits
    }
}
