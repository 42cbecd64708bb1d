/// What one request asks the mock for, in its header `x-mock: key=value&key=value`.
struct Directives: Equatable, Sendable {
    /// The text is a function of this number.
    var seed = 1
    /// Chunks of content for each choice.
    var chunks = 16
    /// Microseconds between two events; 0: as fast as the peer takes them.
    var interval = 0
    /// Bytes of text in each chunk; 0: one word.
    var size = 0
    /// Whether each chunk of content is ` the`: one token in every vocabulary, wherever it stands.
    var isUnit = false
    /// Microseconds before the head.
    var delay = 0
    /// Microseconds between the head and the first event.
    var first = 0
    /// Whether the answer calls a tool; its arguments then stand in place of text.
    var callsTool = false
    /// How many choices an OpenAI chat answer has.
    var choices = 1
    /// Whether an OpenAI answer reasons first.
    var reasons = false
    /// Whether an Anthropic answer thinks first.
    var thinks = false
    /// Whether chunks are padded with an `obfuscation` field.
    var obfuscates = false
    /// Prompt tokens to report.
    var promptTokens = 11
    /// How many of them came from the cache (OpenAI counts them among the prompt, Anthropic beside it).
    var cachedTokens = 0
    /// Completion tokens to report; nil: one for each chunk.
    var completionTokens: Int?
    /// Whether the answer is the text of the request's last message, cut into chunks of 1 to 9 scalars.
    var echoes = false
    var faults: Set<Fault> = []
    /// Where the fault happens; nil: in the middle.
    var position: Int?
    /// Status of the fault `status`.
    var status = 429
    /// Seconds for `Retry-After`.
    var retryAfter = 1

    /// Why a header is no directive.
    enum Failure: Error, Equatable {
        case unknownKey(String)
        case badValue(key: String)
    }

    init() {}

    /// Reads a header's value; an empty one asks for nothing special.
    ///
    /// - Throws: `Failure`.
    init(_ text: some StringProtocol) throws(Failure) {
        for pair in text.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = halves.first.map { String($0) } ?? ""
            let value = halves.count > 1 ? String(halves[1]) : "1"
            try set(key.trimmed, to: value.trimmed)
        }
    }

    private mutating func set(_ key: String, to value: String) throws(Failure) {
        switch key {
        case "seed": seed = try Directives.number(key, value)
        case "n": chunks = try Directives.number(key, value)
        case "us": interval = try Directives.number(key, value)
        case "size": size = try Directives.number(key, value)
        case "unit": isUnit = try Directives.number(key, value) != 0
        case "delay_us": delay = try Directives.number(key, value)
        case "first_us": first = try Directives.number(key, value)
        case "tools": callsTool = try Directives.number(key, value) != 0
        case "choices": choices = max(1, try Directives.number(key, value))
        case "reasoning": reasons = try Directives.number(key, value) != 0
        case "thinking": thinks = try Directives.number(key, value) != 0
        case "obfuscation": obfuscates = try Directives.number(key, value) != 0
        case "prompt": promptTokens = try Directives.number(key, value)
        case "completion": completionTokens = try Directives.number(key, value)
        case "echo": echoes = try Directives.number(key, value) != 0
        case "cached": cachedTokens = try Directives.number(key, value)
        case "at": position = try Directives.number(key, value)
        case "status", "code":
            status = try Directives.number(key, value)
            guard (400...599).contains(status) else { throw .badValue(key: key) }
        case "retry_after": retryAfter = try Directives.number(key, value)
        case "fault":
            for name in value.split(separator: ",") {
                guard let fault = Fault(rawValue: String(name)) else { throw .badValue(key: key) }
                faults.insert(fault)
            }
        // Shorthands for the two faults that only change how the bytes are cut.
        case "split": if try Directives.number(key, value) != 0 { faults.insert(.split) }
        case "utf8_split": if try Directives.number(key, value) != 0 { faults.insert(.utf8Split) }
        default: throw .unknownKey(key)
        }
    }

    /// At most 100 million: no directive asks for more, and sums of them cannot overflow.
    private static func number(_ key: String, _ value: String) throws(Failure) -> Int {
        guard let number = Int(value), (0...100_000_000).contains(number) else {
            throw .badValue(key: key)
        }
        return number
    }
}

extension String {
    fileprivate var trimmed: String {
        var rest = self[...]
        while rest.first == " " { rest = rest.dropFirst() }
        while rest.last == " " { rest = rest.dropLast() }
        return String(rest)
    }
}
