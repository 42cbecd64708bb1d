/// What one group commit has added, bound to all that was added before.
public struct LedgerBlock: Equatable, Sendable {
    /// From 1, without gaps.
    public var number: Int64
    /// One more than the `last.record` of the block before, unless records are missing in between.
    public var firstRecord: Int64
    /// Up to where the tables are covered when this block is there.
    public var last: ChainPositions
    /// Nanoseconds since the epoch.
    public var committedAt: Int64
    /// Hash of the block before; zero for the first.
    public var previous: Digest
    /// The hashes of its rows, one behind the other: prices, records, corrections, each by sequence.
    public var entries: [UInt8]

    /// Memberwise.
    public init(
        number: Int64, firstRecord: Int64, last: ChainPositions, committedAt: Int64,
        previous: Digest, entries: [UInt8]
    ) {
        self.number = number
        self.firstRecord = firstRecord
        self.last = last
        self.committedAt = committedAt
        self.previous = previous
        self.entries = entries
    }

    /// The block's hash, which the next one carries.
    public var hash: Digest {
        var content = CanonicalBytes(domain: "dd0c-route ledger block 1")
        for value in [
            number, firstRecord, last.record, last.correction, last.price, committedAt,
        ] {
            content.append(value)
        }
        content.append(blob: previous.bytes)
        content.append(blob: entries)
        return Digest(of: content.bytes)
    }
}

/// The highest sequence of each chained table, 0 where it has no row.
public struct ChainPositions: Equatable, Sendable {
    public var record: Int64 = 0
    public var correction: Int64 = 0
    public var price: Int64 = 0

    /// No rows.
    public init() {}

    /// Memberwise.
    public init(record: Int64, correction: Int64, price: Int64) {
        self.record = record
        self.correction = correction
        self.price = price
    }

    /// The position in a table.
    public subscript(table: ChainedTable) -> Int64 {
        get {
            switch table {
            case .price: price
            case .record: record
            case .correction: correction
            }
        }
        set {
            switch table {
            case .price: price = newValue
            case .record: record = newValue
            case .correction: correction = newValue
            }
        }
    }
}
