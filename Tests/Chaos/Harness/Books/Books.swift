/// All that was written down in a run.
struct Books: Equatable, Sendable {
    var clients: [ClientEntry] = []
    var ledger: [LedgerEntry] = []
    var mock: [MockEntry] = []
    var kills: [Kill] = []
    /// What the service did that it must not do, in words.
    var misdeeds: [String] = []
}
