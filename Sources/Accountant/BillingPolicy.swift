import IPC

/// Which of the evidence is charged. Policy only: the evidence itself is kept beside it.
///
/// | how it ended | prompt | completion |
/// |---|---|---|
/// | the provider never accepted | 0 | 0 |
/// | completed | reported, else counted here | reported, else produced, else delivered |
/// | ended early | reported, else counted here | delivered, never more than was produced or finally reported |
///
/// A count that was made here with another tokenizer than the provider's is corrected by the ratio that was
/// observed on completed answers, where one is known.
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
        /// What the count was corrected with, where its source is `calibrated`.
        var calibration: Calibration?

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
    static func bill(
        outcome: Outcome, endpoint: Endpoint?, usage: StreamUsage,
        calibrations: Calibration.Pair = .none
    ) -> Bill {
        guard usage.providerAccepted, outcome != .rejected, endpoint != .countTokens else {
            return Bill(prompt: .nothing, completion: .nothing)
        }
        return Bill(
            prompt: prompt(usage, calibrations.prompt),
            completion: endpoint == .embeddings
                ? .nothing
                : outcome == .completed
                    ? completed(usage, calibrations.completion)
                    : cut(usage, calibrations.completion))
    }

    /// A count made here, corrected where it is no count of the provider's own tokenizer.
    private static func counted(
        _ tokens: UInt64, _ source: CountSource, _ calibration: Calibration?
    ) -> Charge {
        guard source == .estimated, let calibration else {
            return Charge(tokens: tokens, source: Source(source))
        }
        return Charge(
            tokens: calibration.corrected(tokens), source: .calibrated, calibration: calibration)
    }

    private static func prompt(_ usage: StreamUsage, _ calibration: Calibration?) -> Charge {
        if let reported = usage.promptReported {
            return Charge(tokens: reported, source: .reported)
        }
        guard let produced = usage.promptProduced else { return .unknown }
        return counted(produced, usage.promptSource ?? usage.countSource, calibration)
    }

    private static func completed(_ usage: StreamUsage, _ calibration: Calibration?) -> Charge {
        if let reported = usage.completionReported {
            return Charge(tokens: reported, source: .reported)
        }
        // All that was produced has left for the client: its acknowledgements may still be under way.
        guard let tokens = usage.completionProduced ?? usage.completionDelivered else {
            return .unknown
        }
        return counted(tokens, usage.countSource, calibration)
    }

    private static func cut(
        _ usage: StreamUsage, _ calibration: Calibration?
    ) -> Charge {
        guard let delivered = usage.completionDelivered, delivered > 0 else { return .nothing }
        let charge = counted(
            min(delivered, usage.completionProduced ?? delivered), usage.countSource, calibration)
        // Providers report totals only: what is no total, as in Anthropic's first event, is not read.
        if let final = usage.completionReported, final < charge.tokens ?? 0 {
            return Charge(tokens: final, source: .reported)
        }
        return charge
    }
}
