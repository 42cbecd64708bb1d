import IPC

/// Publishes how many connections this worker has to each provider, for whoever asks the accountant.
final class ProviderGauges {
    /// What the last row is called when there are more providers than rows. No provider can be called so.
    static let others = "(others)"

    private let counters: CounterFile
    private var rows: [ProviderGauge]

    /// - Parameter providers: names, in the order of their indices.
    init(_ counters: CounterFile, providers: [String]) {
        self.counters = counters
        rows = Array(repeating: ProviderGauge(), count: min(providers.count, Int(counters.rows)))
        for row in rows.indices {
            let isShared = row + 1 == rows.count && providers.count > rows.count
            counters.open(row: UInt32(row), provider: isShared ? Self.others : providers[row])
        }
    }

    /// Changes a provider's numbers and publishes them at once.
    func change(_ provider: Int, _ change: (inout ProviderGauge) -> Void) {
        let row = min(provider, rows.count - 1)
        guard row >= 0 else { return }
        change(&rows[row])
        counters.update(row: UInt32(row), rows[row])
    }
}
