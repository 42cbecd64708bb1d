/// The usage that one event brings. It is applied only when the event's JSON turns out whole.
struct UsageUpdate: Sendable {
    private(set) var isEmpty = true
    private var prompt: UInt64?
    private var completion: UInt64?
    private var cached: UInt64?
    private var cacheWrites: UInt64?
    private var cacheWrite5m: UInt64?
    private var cacheWrite1h: UInt64?
    private var reasoning: UInt64?
    private var sequence: UInt64?
    private var tier = SmallText()

    mutating func set(_ field: AnswerField, _ value: UInt64) {
        switch field {
        case .promptTokens: prompt = value
        case .completionTokens: completion = value
        case .cachedTokens: cached = value
        case .cacheWriteTokens: cacheWrites = value
        case .cacheWrite5mTokens: cacheWrite5m = value
        case .cacheWrite1hTokens: cacheWrite1h = value
        case .reasoningTokens: reasoning = value
        case .sequenceNumber: sequence = value
        default: return
        }
        isEmpty = false
    }

    mutating func set(tier name: SmallText) {
        guard !name.isEmpty, !name.isTooLong, name.count <= 32 else { return }
        tier = name
        isEmpty = false
    }

    func apply(to facts: inout AnswerFacts) {
        guard !isEmpty else { return }
        if let prompt { facts.promptTokens = prompt }
        if let completion { facts.completionTokens = completion }
        if let cached { facts.cachedTokens = cached }
        if let reasoning { facts.reasoningTokens = reasoning }
        if let sequence { facts.sequenceNumber = sequence }
        if !tier.isEmpty { facts.tier = tier }
        if cacheWrite5m != nil || cacheWrite1h != nil {
            if let cacheWrite5m { facts.cacheWrite5mTokens = cacheWrite5m }
            if let cacheWrite1h { facts.cacheWrite1hTokens = cacheWrite1h }
        } else if let cacheWrites {
            // Only the sum: later events repeat it without the parts.
            let hour = facts.cacheWrite1hTokens ?? 0
            facts.cacheWrite5mTokens = cacheWrites > hour ? cacheWrites &- hour : 0
        }
    }
}
