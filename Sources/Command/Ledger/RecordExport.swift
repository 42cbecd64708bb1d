import LedgerFormat

/// Reads all records of a ledger in the order of settlement, a page at a time: no page keeps the gateway from
/// trimming its log for longer than it takes to read, however slowly what comes of it is taken.
struct RecordExport {
    private static let pageSize = 1_000
    private static let times = ["started_at", "settled_at"]

    /// The names of a row's values.
    let columns: [String]
    private let statement: LedgerStatement
    private let since: Int64
    private let until: Int64
    private var last: Int64 = .min
    /// Rows of the page that is being read; nil before the first.
    private var read: Int?

    /// - Parameters:
    ///   - since: nanoseconds since the epoch; what started then or later.
    ///   - until: nanoseconds since the epoch; what started earlier.
    /// - Throws: `LedgerStatement.Failure`.
    init(_ file: LedgerFile, since: Int64, until: Int64) throws(LedgerStatement.Failure) {
        self.since = since
        self.until = until
        let stored = ChainedTable.record.columns.filter { $0 != "price" }
        columns = stored + ["rates", "corrections"]
        let values = stored.map { name in
            Self.times.contains(name)
                ? "strftime('%Y-%m-%dT%H:%M:%S', e.\(name) / 1000000000, 'unixepoch') "
                    + "|| printf('.%09dZ', e.\(name) % 1000000000)"
                : "e.\(name)"
        }
        // The plus keeps the index of the start out: by it, every page would sort all that follows.
        statement = try file.statement(
            "SELECT \(values.joined(separator: ", ")), p.rates, e.corrections "
                + "FROM \(ChainedTable.effectiveRecords) AS e "
                + "LEFT JOIN price AS p ON p.sequence = e.price "
                + "WHERE e.sequence > ? AND +e.started_at >= ? AND +e.started_at < ? "
                + "ORDER BY e.sequence LIMIT \(Self.pageSize)")
    }

    /// The next row; nil behind the last.
    ///
    /// - Throws: `LedgerStatement.Failure`.
    mutating func next() throws(LedgerStatement.Failure) -> [JSONValue]? {
        if read == nil || read == Self.pageSize {
            statement.restart([last, since, until])
            read = 0
        }
        guard try statement.next() else {
            // The page was not full: there is no other.
            return nil
        }
        read = (read ?? 0) + 1
        last = statement.integer(0) ?? .max
        return columns.indices.map { Self.value(statement.value($0)) }
    }

    /// A row as an object on one line, its members in the order of the columns.
    func json(_ row: [JSONValue]) -> String {
        let members = zip(columns, row).map { "\"\($0)\":\($1.jsonText)" }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func value(_ value: LedgerStatement.Value) -> JSONValue {
        switch value {
        case .null: .null
        case .integer(let number): .integer(number)
        case .real(let number): .number(number)
        case .text(let bytes), .blob(let bytes): .string(String(decoding: bytes, as: UTF8.self))
        }
    }
}
