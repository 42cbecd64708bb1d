import GRDBSQLite

/// Calculates a ledger's hash chain and signatures again, from its first row to its last.
///
/// It cannot see that the end of the chain was cut off, together with the signatures of it: that takes a
/// head hash from before (`expectedHead`).
public struct LedgerVerifier {
    /// Keys that segments may be signed with; nil: any, which proves that the ledger is consistent, not who
    /// wrote it.
    public var keys: [PublicKey]?
    /// The hash of a block that must be in the chain.
    public var expectedHead: Digest?

    private let file: LedgerFile
    private var report = VerificationReport()
    private var isHeadFound = false

    /// A verification of a file.
    public init(_ file: LedgerFile) { self.file = file }

    /// Checks everything, in one snapshot of the database, and stops at the first finding.
    ///
    /// - Parameter progress: is told how many records of how many were checked.
    public mutating func run(
        progress: (_ records: Int64, _ total: Int64) -> Void = { _, _ in }
    ) -> VerificationReport {
        report = VerificationReport()
        isHeadFound = false
        do {
            try file.run("BEGIN")
            defer { try? file.run("ROLLBACK") }
            try checkTables()
            try checkBlocks(progress)
            try checkSegments()
            try checkHead()
            try checkStructure()
        } catch let finding as VerificationReport.Finding {
            report.finding = finding
        } catch {
            report.finding = damage(error as? LedgerStatement.Failure)
        }
        return report
    }

    private typealias Finding = VerificationReport.Finding

    private func damage(_ failure: LedgerStatement.Failure?) -> Finding {
        let code = failure.map { " (SQLite code \($0.code))" } ?? ""
        let last = report.head.last.record
        return Finding(
            .file, nil,
            failure?.code == SQLITE_BUSY
                ? "the database is locked\(code)"
                : "the database cannot be read behind record \(last)\(code)")
    }

    /// A table with a column that nobody hashes, or without one, is not ours.
    private func checkTables() throws {
        // The newest first: it is what an older version's file has not.
        for table in ChainedTable.allCases.reversed() {
            let columns = try file.columns(of: table)
            if columns.isEmpty {
                throw Finding(
                    .file, nil,
                    "there is no hash chain: an older version wrote it; start the gateway once")
            }
            guard Set(columns) == Set(table.columns), columns.count == table.columns.count else {
                throw Finding(
                    .file, nil, "the table `\(table.name)` has other columns than this version's")
            }
        }
    }

    // MARK: Blocks

    private mutating func checkBlocks(_ progress: (Int64, Int64) -> Void) throws {
        let total = try file.statement("SELECT COALESCE(MAX(last_record), 0) FROM block")
        let records = try total.next() ? total.integer(0) ?? 0 : 0
        var rows = try ChainRows(file)
        let blocks = try file.statement(
            "SELECT number, first_record, last_record, last_correction, last_price, committed_at, "
                + "previous, entries, hash FROM block ORDER BY number")
        var shown: Int64 = 0
        while try blocks.next() {
            try check(blocks, &rows)
            if report.head.last.record - shown >= 4096 {
                shown = report.head.last.record
                progress(shown, records)
            }
        }
        try rows.checkEnd()
    }

    private mutating func check(_ row: LedgerStatement, _ rows: inout ChainRows) throws {
        let head = report.head
        let number = head.number + 1
        if let found = row.integer(0), found > number {
            throw Finding(.block, number, "is missing")
        }
        guard let block = Self.block(row), block.number == number, let hash = row.blob(8) else {
            throw Finding(.block, number, "was altered")
        }
        guard let ranges = Self.ranges(block, after: head) else {
            throw Finding(.block, number, "was altered, or the one before it")
        }
        let isIntact = block.hash.bytes == hash && block.previous == head.hash
        if isIntact, block.firstRecord > head.last.record + 1 {
            throw Finding(
                .record, head.last.record + 1,
                "is missing, with all up to \(block.firstRecord - 1): it was so when the chain began"
            )
        }
        var entries = block.entries[...]
        for (table, range) in ranges {
            for sequence in range {
                try rows.check(
                    table, sequence, entries.prefix(Digest.size), block: number,
                    isIntact: isIntact)
                entries = entries.dropFirst(Digest.size)
            }
        }
        guard block.hash.bytes == hash else {
            throw Finding(.block, number, "was altered: its hash is another")
        }
        guard block.previous == head.hash else {
            throw Finding(
                .block, number, "does not follow block \(head.number): one of the two was replaced")
        }
        report.head = ChainHead(number: number, hash: block.hash, last: block.last)
        if report.head.hash == expectedHead { isHeadFound = true }
    }

    private static func block(_ row: LedgerStatement) -> LedgerBlock? {
        guard let number = row.integer(0), let firstRecord = row.integer(1),
            let record = row.integer(2), let correction = row.integer(3),
            let price = row.integer(4), let committedAt = row.integer(5),
            let previous = row.blob(6).flatMap({ Digest($0) }), let entries = row.blob(7)
        else { return nil }
        return LedgerBlock(
            number: number, firstRecord: firstRecord,
            last: ChainPositions(record: record, correction: correction, price: price),
            committedAt: committedAt, previous: previous, entries: entries)
    }

    /// The sequences that a block covers, in the order of its hashes; nil where it cannot be so.
    private static func ranges(
        _ block: LedgerBlock, after head: ChainHead
    ) -> [(ChainedTable, Range<Int64>)]? {
        var ranges: [(ChainedTable, Range<Int64>)] = []
        var count: Int64 = 0
        for table in ChainedTable.allCases {
            let first = table == .record ? block.firstRecord : head.last[table] + 1
            let last = block.last[table]
            // Half of what a number can be is beyond any ledger, and its sums do not overflow.
            guard first > head.last[table], last >= first - 1, last < .max / 2 else { return nil }
            ranges.append((table, first..<(last + 1)))
            count += min(last - first + 1, .max / 8)
        }
        return count * Int64(Digest.size) == block.entries.count ? ranges : nil
    }

    // MARK: Signatures

    private mutating func checkSegments() throws {
        let rows = try file.statement(
            "SELECT number, first_block, last_block, head, signed_at, public_key, previous, "
                + "signature FROM segment ORDER BY number")
        let hash = try file.statement("SELECT hash, last_record FROM block WHERE number = ?")
        var previous: [UInt8] = []
        while try rows.next() {
            let number = report.segments + 1
            if let found = rows.integer(0), found > number {
                throw Finding(.segment, number, "is missing")
            }
            guard let segment = Self.segment(rows), let signature = rows.blob(7),
                segment.number == number, segment.firstBlock == report.signedBlock + 1,
                segment.lastBlock >= segment.firstBlock, segment.previous == previous
            else { throw Finding(.segment, number, "was altered, or the one before it") }
            guard segment.key.verifies(signature, of: segment.signedBytes) else {
                throw Finding(.segment, number, "has a signature that is not its key's")
            }
            if let keys, !keys.contains(segment.key) {
                throw Finding(.segment, number, "is signed with a key that was not given")
            }
            hash.restart([segment.lastBlock])
            guard try hash.next(), hash.blob(0) == segment.head.bytes else {
                throw Finding(
                    .segment, number,
                    "has signed another block \(segment.lastBlock) than there is: the chain was "
                        + "rewritten or cut off")
            }
            previous = signature
            report.segments = number
            report.signedBlock = segment.lastBlock
            report.signedRecord = hash.integer(1) ?? 0
            report.signedAt = segment.signedAt
            if !report.keys.contains(segment.key) { report.keys.append(segment.key) }
        }
    }

    private static func segment(_ row: LedgerStatement) -> LedgerSegment? {
        guard let number = row.integer(0), let firstBlock = row.integer(1),
            let lastBlock = row.integer(2), let head = row.blob(3).flatMap({ Digest($0) }),
            let signedAt = row.integer(4), let key = row.blob(5).flatMap({ PublicKey($0) }),
            let previous = row.blob(6)
        else { return nil }
        return LedgerSegment(
            number: number, firstBlock: firstBlock, lastBlock: lastBlock, head: head,
            signedAt: signedAt, key: key, previous: previous)
    }

    // MARK: The rest

    private func checkHead() throws {
        guard expectedHead != nil, !isHeadFound else { return }
        throw Finding(
            .head, nil,
            "no block has the head hash that was given: the chain was rewritten or cut off")
    }

    /// Rows are as they were; what leads to them, such as an index, must be too.
    private func checkStructure() throws {
        let result = try file.statement("PRAGMA integrity_check(1)")
        guard try result.next(), result.text(0) == "ok" else {
            throw Finding(
                .file, nil, "all rows are as they were written, but an index or a page is damaged")
        }
    }
}
