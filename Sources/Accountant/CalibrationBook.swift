import IPC

/// What was learned of the providers' tokenizers from completed answers, and what has changed of it
/// since the last commit.
struct CalibrationBook: Equatable, Sendable {
    /// Rows of models that are kept; past that the ones unused for longest go.
    static let rowsMax = 4_096

    /// One row.
    struct Entry: Equatable, Sendable {
        var samples: CalibrationSamples
        /// Nanoseconds since the epoch of the last sample.
        var changedAt: Int64
    }

    private(set) var entries: [CalibrationKey: Entry]
    /// Rows that moved since the last commit; nil: rows that went.
    private(set) var changes: [CalibrationKey: Entry?] = [:]

    init(_ entries: [CalibrationKey: Entry] = [:]) { self.entries = entries }

    /// The changes are on disk.
    mutating func committed() { changes = [:] }

    /// The ratios for the counts of a stream, where they were made with another tokenizer than the provider's.
    func calibrations(_ opened: StreamOpened?, _ usage: StreamUsage) -> Calibration.Pair {
        guard let opened, let basis = opened.promptBasis else { return .none }
        var found = Calibration.Pair()
        if basis.isTextOnly, usage.promptSource ?? usage.countSource == .estimated {
            found.prompt = find(key(opened, basis, basis.script, .prompt))
        }
        if usage.countSource == .estimated {
            found.completion = find(key(opened, basis, usage.completionScript, .completion))
        }
        return found
    }

    private func find(_ key: CalibrationKey?) -> Calibration? {
        guard let key else { return nil }
        for candidate in key.withFallbacks {
            if let calibration = entries[candidate]?.samples.calibration { return calibration }
        }
        return nil
    }

    private func key(
        _ opened: StreamOpened, _ basis: PromptBasis, _ script: ScriptClass?,
        _ side: CalibrationKey.Side
    ) -> CalibrationKey? {
        guard let provider = opened.provider, let model = opened.providerModel else { return nil }
        return CalibrationKey(
            provider: provider, model: model, encoding: basis.encoding, script: script, side: side)
    }

    /// Learns from a stream that is over. Only a completed one says anything: its report is final, and
    /// what was counted is all there was.
    ///
    /// - Parameter now: nanoseconds since the epoch.
    mutating func learn(
        _ outcome: Outcome, _ opened: StreamOpened?, _ usage: StreamUsage, now: Int64
    ) {
        guard outcome == .completed, usage.providerAccepted, let opened,
            let basis = opened.promptBasis
        else { return }
        if let sample = Self.promptSample(opened, basis, usage) {
            add(sample, key(opened, basis, basis.script, .prompt), now)
        }
        if let sample = Self.completionSample(usage) {
            add(sample, key(opened, basis, usage.completionScript, .completion), now)
        }
    }

    private static func promptSample(
        _ opened: StreamOpened, _ basis: PromptBasis, _ usage: StreamUsage
    ) -> CalibrationSamples.Sample? {
        guard basis.isTextOnly, usage.promptSource ?? usage.countSource == .estimated,
            basis.script != nil, let counted = usage.promptProduced,
            var reported = usage.promptReported
        else { return nil }
        if opened.endpoint == .messages {
            // Anthropic's count leaves out what its cache gave and took; the text was there all the same.
            for part in [usage.cachedTokens, usage.cacheWrite5mTokens, usage.cacheWrite1hTokens] {
                reported = reported.addingClamped(part ?? 0)
            }
        }
        return CalibrationSamples.sample(counted: counted, reported: reported)
    }

    /// Reasoning is taken out of both sides: what a provider shows of it is often a summary, and what it
    /// charges is all of it. Where it shows some and does not say how much it charged, nothing is learned.
    private static func completionSample(_ usage: StreamUsage) -> CalibrationSamples.Sample? {
        guard usage.countSource == .estimated, usage.completionIsText,
            usage.completionScript != nil, let produced = usage.completionProduced,
            let reported = usage.completionReported
        else { return nil }
        let shown = usage.reasoningProduced ?? 0
        guard shown == 0 || usage.reasoningTokens != nil else { return nil }
        let reasoning = usage.reasoningTokens ?? 0
        guard shown <= produced, reasoning <= reported else { return nil }
        return CalibrationSamples.sample(
            counted: produced - shown, reported: reported - reasoning)
    }

    private mutating func add(
        _ sample: CalibrationSamples.Sample, _ key: CalibrationKey?, _ now: Int64
    ) {
        guard let key else { return }
        for level in key.withFallbacks {
            var entry = entries[level] ?? Entry(samples: CalibrationSamples(), changedAt: now)
            entry.samples.add(sample)
            entry.changedAt = now
            entries[level] = entry
            changes[level] = .some(entry)
        }
        if entries.count > Self.rowsMax { forgetOldest() }
    }

    /// An eighth at once, so that a book that is full is not searched with every answer.
    private mutating func forgetOldest() {
        let models = entries.filter(\.key.isOfModel).sorted {
            $0.value.changedAt < $1.value.changedAt
        }
        for (key, _) in models.prefix(Self.rowsMax / 8) {
            entries[key] = nil
            changes[key] = .some(nil)
        }
    }
}

extension UInt64 {
    /// The sum, or the greatest value.
    fileprivate func addingClamped(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
