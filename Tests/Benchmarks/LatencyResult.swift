/// A result of the latency benchmark as JSON, of which a test spoils what it is about.
struct LatencyResult {
    /// One way to the provider. Values are texts of JSON, so that they can be anything.
    struct Run {
        var samples = "5000"
        var p50 = "100000"
        var p90 = "200000"
        var p99 = "300000"
        var p999 = "400000"
        var histogram: String?

        var json: String {
            let values =
                [
                    ("samples", samples), ("p50", p50), ("p90", p90), ("p99", p99), ("p99.9", p999),
                ] + (histogram.map { [("histogram", $0)] } ?? [])
            return "{" + values.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}"
        }
    }

    var schema = "1"
    var commit = #""0123abc""#
    var time = #""2026-11-26T17:44:28Z""#
    var name = #""chat""#
    var gateway = Run()
    var direct = Run()
    var nginx = Run()
    /// Further cases, in front of this one.
    var others: [LatencyResult] = []

    /// The gateway adds so many nanoseconds at P99, and as many at P99.9.
    init(added: Int = 0) {
        gateway.p99 = "\(300_000 + added)"
        gateway.p999 = "\(400_000 + added)"
    }

    /// The same with one thing changed.
    func with<Value>(_ path: WritableKeyPath<Self, Value>, _ value: Value) -> Self {
        var result = self
        result[keyPath: path] = value
        return result
    }

    private var oneCase: String {
        "{\"name\": \(name), \"gateway\": \(gateway.json), \"direct\": \(direct.json),"
            + " \"nginx\": \(nginx.json)}"
    }

    var json: String {
        let cases = (others + [self]).map(\.oneCase).joined(separator: ", ")
        return "{\"schema\": \(schema), \"commit\": \(commit), \"time\": \(time),"
            + " \"cases\": [\(cases)]}"
    }
}
