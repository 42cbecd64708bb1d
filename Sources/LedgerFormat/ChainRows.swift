/// The rows of the chained tables, each read once in the order of its sequence beside the blocks.
struct ChainRows {
    private typealias Finding = VerificationReport.Finding

    /// One table, with its next row.
    private struct Reader {
        let table: ChainedTable
        let statement: LedgerStatement
        var hasRow = false

        init(_ file: LedgerFile, _ table: ChainedTable) throws {
            // Not through an index: it would be what is verified, in place of the rows.
            statement = try file.statement(
                "SELECT \(table.columns.joined(separator: ", ")) FROM \(table.name) NOT INDEXED "
                    + "ORDER BY sequence")
            self.table = table
            try advance(to: 1)
        }

        /// Reads the next row; where it cannot be read, it is the one that is expected.
        mutating func advance(to expected: Int64) throws {
            do throws(LedgerStatement.Failure) {
                hasRow = try statement.next()
            } catch {
                guard error.reason == .damaged else { throw error }
                throw Finding(
                    ChainRows.subject(table), expected,
                    "cannot be read: its bytes are damaged (SQLite code \(error.code))")
            }
        }

        var sequence: Int64? { hasRow ? statement.integer(0) : nil }
    }

    private var readers: [ChainedTable: Reader] = [:]

    init(_ file: LedgerFile) throws {
        for table in ChainedTable.allCases { readers[table] = try Reader(file, table) }
    }

    /// Compares the next row of a table with the hash that its block has of it.
    ///
    /// - Parameter isIntact: whether the block itself is as it was written.
    /// - Throws: `VerificationReport.Finding`, `LedgerStatement.Failure`.
    mutating func check(
        _ table: ChainedTable, _ sequence: Int64, _ expected: ArraySlice<UInt8>, block: Int64,
        isIntact: Bool
    ) throws {
        guard let reader = readers[table] else { return }
        let subject = Self.subject(table)
        guard reader.hasRow, let found = reader.sequence, found <= sequence else {
            throw Finding(subject, sequence, "of block \(block) is missing")
        }
        let id = Self.id(reader.statement, table)
        guard found == sequence else {
            throw Finding(subject, found, id: id, "is in no block: it was inserted")
        }
        guard reader.statement.entry(table).digest.bytes.elementsEqual(expected) else {
            throw Finding(
                subject, sequence, id: id,
                isIntact
                    ? "was altered, or is in the place of another"
                    : "or its block \(block) was altered")
        }
        try readers[table]?.advance(to: sequence + 1)
    }

    /// Nothing is left when all blocks were seen.
    ///
    /// - Throws: `VerificationReport.Finding`.
    func checkEnd() throws {
        for table in ChainedTable.allCases {
            guard let reader = readers[table], reader.hasRow else { continue }
            throw Finding(
                Self.subject(table), reader.sequence, id: Self.id(reader.statement, table),
                "is in no block: it was inserted, or its block is gone")
        }
    }

    private static func subject(_ table: ChainedTable) -> Finding.Subject {
        switch table {
        case .price: .price
        case .record: .record
        case .correction: .correction
        }
    }

    /// The record's id, if it can be shown.
    private static func id(_ row: LedgerStatement, _ table: ChainedTable) -> String? {
        guard table != .price, let id = row.text(1), id.utf8.count <= 64 else { return nil }
        let isPlain = id.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
        }
        return isPlain ? id : nil
    }
}
