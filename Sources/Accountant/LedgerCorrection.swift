import IPC

/// What came to be known of a stream after its record: a row beside the record, which stays as it is.
struct LedgerCorrection: Equatable, Sendable {
    var key: StreamKey
    /// From 1, of this record.
    var number: Int64
    /// Nanoseconds since the epoch.
    var correctedAt: Int64
    /// That of the record of the usage channel it came with.
    var streamSequence: UInt64
    /// The evidence as it is now.
    var usage: StreamUsage
    var bill: BillingPolicy.Bill
    var priced: Pricing.Priced?
}
