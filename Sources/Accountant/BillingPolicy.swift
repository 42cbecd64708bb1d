import IPC

/// Which of the evidence is charged. Policy only: the evidence itself is kept beside it.
///
/// | how it ended | prompt | completion |
/// |---|---|---|
/// | the provider never accepted | 0 | 0 |
/// | completed | reported, else counted here | reported, else produced, else delivered |
/// | ended early | reported, else counted here | delivered, never more than was produced or finally reported |
///
/// A count for which there is no evidence at all is nil, never 0: it makes the cost unknown, not free.
enum BillingPolicy {
    /// Where a charged count comes from.
    enum Source: String, CaseIterable, Sendable {
        case reported
        case counted
        case calibrated
        case estimated
        /// Nothing is charged, whatever was counted.
        case none

        init(_ source: CountSource) {
            switch source {
            case .counted: self = .counted
            case .calibrated: self = .calibrated
            case .estimated: self = .estimated
            }
        }
    }

    /// One charged count.
    struct Charge: Equatable, Sendable {
        /// Tokens; nil when nothing says how many.
        var tokens: UInt64?
        var source: Source

        static let nothing = Charge(tokens: 0, source: .none)
        static let unknown = Charge(tokens: nil, source: .none)
    }

    /// What a request is charged.
    struct Bill: Equatable, Sendable {
        var prompt: Charge
        var completion: Charge
    }

    /// The charge for a stream that ended so.
    ///
    /// - Parameter endpoint: nil when the stream's `opened` record was never seen.
    static func bill(outcome: Outcome, endpoint: Endpoint?, usage: StreamUsage) -> Bill {
        guard usage.providerAccepted, outcome != .rejected, endpoint != .countTokens else {
            return Bill(prompt: .nothing, completion: .nothing)
        }
        return Bill(
            prompt: prompt(usage),
            completion: endpoint == .embeddings
                ? .nothing
                : outcome == .completed ? completed(usage) : cut(usage, endpoint: endpoint))
    }

    private static func prompt(_ usage: StreamUsage) -> Charge {
        if let reported = usage.promptReported {
            return Charge(tokens: reported, source: .reported)
        }
        guard let produced = usage.promptProduced else { return .unknown }
        return Charge(tokens: produced, source: Source(usage.countSource))
    }

    private static func completed(_ usage: StreamUsage) -> Charge {
        if let reported = usage.completionReported {
            return Charge(tokens: reported, source: .reported)
        }
        // All that was produced has left for the client: its acknowledgements may still be under way.
        guard let counted = usage.completionProduced ?? usage.completionDelivered else {
            return .unknown
        }
        return Charge(tokens: counted, source: Source(usage.countSource))
    }

    private static func cut(_ usage: StreamUsage, endpoint: Endpoint?) -> Charge {
        guard let delivered = usage.completionDelivered, delivered > 0 else { return .nothing }
        let counted = min(delivered, usage.completionProduced ?? delivered)
        if let final = finalReport(usage, endpoint: endpoint), final < counted {
            return Charge(tokens: final, source: .reported)
        }
        return Charge(tokens: counted, source: Source(usage.countSource))
    }

    /// What the provider reported, if it is a total and no placeholder.
    ///
    /// Anthropic's first event carries 1 to 3 output tokens as a placeholder; its totals come at the end. A
    /// report of less than half of what was counted here is taken for the placeholder. Other providers
    /// only report totals.
    private static func finalReport(_ usage: StreamUsage, endpoint: Endpoint?) -> UInt64? {
        guard let reported = usage.completionReported else { return nil }
        guard endpoint == .messages, let produced = usage.completionProduced else {
            return endpoint == .messages ? nil : reported
        }
        return reported >= produced / 2 + produced % 2 ? reported : nil
    }
}
