import NIOCore

/// The answers that are read on without a client, and how many of each provider.
struct UsageDrains {
    private var all: [ObjectIdentifier: UsageDrain] = [:]
    private var perProvider: [Int: Int] = [:]

    var isEmpty: Bool { all.isEmpty }

    /// Those that are under way with the provider of that index.
    func count(ofProvider index: Int) -> Int { perProvider[index] ?? 0 }

    mutating func insert(_ drain: UsageDrain) {
        guard all.updateValue(drain, forKey: ObjectIdentifier(drain)) == nil else { return }
        perProvider[drain.provider, default: 0] += 1
    }

    /// - Returns: whether it was there.
    mutating func remove(_ drain: UsageDrain) -> Bool {
        guard all.removeValue(forKey: ObjectIdentifier(drain)) != nil else { return false }
        perProvider[drain.provider, default: 1] -= 1
        return true
    }

    /// All of them, to be told something that may end them.
    var members: [UsageDrain] { Array(all.values) }
}
