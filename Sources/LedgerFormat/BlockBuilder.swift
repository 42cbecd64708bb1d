/// Collects the hashes of the rows that one commit adds.
public struct BlockBuilder {
    private let head: ChainHead
    private let firstRecord: Int64
    private var last: ChainPositions
    private var entries: [ChainedTable: [UInt8]] = [:]

    /// Goes on from the end of the chain.
    ///
    /// - Parameter firstRecord: sequence of the next record; nil: the one behind the last.
    public init(after head: ChainHead, firstRecord: Int64? = nil) {
        self.head = head
        last = head.last
        self.firstRecord = firstRecord ?? head.last.record + 1
        last.record = self.firstRecord - 1
    }

    /// Whether no row was added.
    public var isEmpty: Bool { entries.isEmpty }

    /// Number of records that were added.
    public var records: Int64 { last.record - firstRecord + 1 }

    /// The sequence that the next row of the table has.
    public func next(_ table: ChainedTable) -> Int64 { last[table] + 1 }

    /// Adds the row with the sequence `next` of its table.
    public mutating func add(_ entry: ChainEntry, to table: ChainedTable) {
        last[table] += 1
        entries[table, default: []].append(contentsOf: entry.digest.bytes)
    }

    /// The block of all rows.
    ///
    /// - Parameter now: nanoseconds since the epoch.
    public func block(at now: Int64) -> LedgerBlock {
        LedgerBlock(
            number: head.number + 1, firstRecord: firstRecord, last: last, committedAt: now,
            previous: head.hash,
            entries: ChainedTable.allCases.flatMap { entries[$0] ?? [] })
    }
}
