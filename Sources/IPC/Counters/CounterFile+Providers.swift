import CLinux

// The rows behind the slots: one for each provider's connections.
extension CounterFile {
    /// Gives a row to a provider, with no connections. Ignored past the last row. A name beyond 104 bytes is cut.
    public func open(row: UInt32, provider: String) {
        guard let words = words(ofRow: row) else { return }
        let name = Array(provider.utf8.prefix(CounterLayout.nameMax))
        route_store_release(words + CounterLayout.RowWord.gauge, 0)
        route_store_release(words + CounterLayout.RowWord.waiting, 0)
        for start in stride(from: 0, to: name.count, by: 8) {
            let word = name[start..<min(start + 8, name.count)].reversed().reduce(UInt64(0)) {
                $0 << 8 | UInt64($1)
            }
            route_store_release(words + CounterLayout.RowWord.name + start / 8, word)
        }
        route_store_release(words + CounterLayout.RowWord.nameLength, UInt64(name.count))
    }

    /// Publishes the connections of the provider that has the row. Ignored past the last row.
    public func update(row: UInt32, _ gauge: ProviderGauge) {
        guard let words = words(ofRow: row) else { return }
        route_store_release(words + CounterLayout.RowWord.gauge, gauge.word)
        route_store_release(words + CounterLayout.RowWord.waiting, gauge.waitingWord)
    }

    /// The rows that are in use.
    public var providers: [(name: String, gauge: ProviderGauge)] {
        (0..<rows).compactMap { row in
            guard let words = words(ofRow: row) else { return nil }
            let length = route_load_acquire(words + CounterLayout.RowWord.nameLength)
            guard length > 0, length <= CounterLayout.nameMax else { return nil }
            let name = (0..<Int(length)).map { index in
                let word = route_load_acquire(words + CounterLayout.RowWord.name + index / 8)
                return UInt8(truncatingIfNeeded: word >> (UInt64(index % 8) * 8))
            }
            let gauge = route_load_acquire(words + CounterLayout.RowWord.gauge)
            let waiting = route_load_acquire(words + CounterLayout.RowWord.waiting)
            return (
                String(decoding: name, as: UTF8.self),
                ProviderGauge(word: gauge, waitingWord: waiting)
            )
        }
    }
}
