import IPC

/// Which records are asked for.
struct UsageQuery: Equatable, Sendable {
    /// Order by start.
    enum Order: String, Sendable {
        case ascending = "asc"
        case descending = "desc"
    }

    /// Nanoseconds since the epoch; records that started then or later.
    var since: Int64?
    /// Nanoseconds since the epoch; records that started earlier.
    var until: Int64?
    var key: String?
    /// The model as the client or as the provider was told.
    var model: String?
    var outcome: Outcome?
    /// Records at most; nil: all.
    var limit: Int?
    var order = Order.ascending
    /// Sums instead of records.
    var totals = false

    /// A parameter that cannot be used.
    struct BadParameter: Error, Equatable {
        var name: String
        /// What would be right.
        var expected: String
    }

    /// Everything.
    init() {}

    /// Reads the parameters of a request.
    ///
    /// - Throws: `BadParameter` for the first one that is unknown, doubled, or has no sense.
    init(parameters: some Sequence<(name: String, value: String)>) throws(BadParameter) {
        var seen: Set<String> = []
        for (name, value) in parameters {
            guard seen.insert(name).inserted else {
                throw BadParameter(name: name, expected: "at most once")
            }
            switch name {
            case "since": since = try Self.time(name, value)
            case "until": until = try Self.time(name, value)
            case "key": key = value
            case "model": model = value
            case "outcome":
                guard let found = Outcome(name: value) else {
                    let names = Outcome.allCases.map(\.name).joined(separator: ", ")
                    throw BadParameter(name: name, expected: "one of \(names)")
                }
                outcome = found
            case "limit":
                guard let number = Int(value), number > 0 else {
                    throw BadParameter(name: name, expected: "a whole number above 0")
                }
                limit = number
            case "order":
                guard let found = Order(rawValue: value) else {
                    throw BadParameter(name: name, expected: "asc or desc")
                }
                order = found
            case "totals":
                guard value == "0" || value == "1" else {
                    throw BadParameter(name: name, expected: "0 or 1")
                }
                totals = value == "1"
            default:
                throw BadParameter(
                    name: name,
                    expected: "one of since, until, key, model, outcome, limit, order, totals")
            }
        }
    }

    private static func time(_ name: String, _ value: String) throws(BadParameter) -> Int64 {
        guard let found = Timestamp.parse(value) else {
            throw BadParameter(
                name: name, expected: "a time as RFC 3339 text or in seconds since the epoch")
        }
        return found
    }
}
