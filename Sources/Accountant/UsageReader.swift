import GRDB
import LedgerFormat

/// Reads records in pages, so that a slow reader holds no transaction open, and sums.
struct UsageReader: Sendable {
    private let database: any DatabaseReader
    /// Records that are read at a time.
    private static let pageSize = 500

    init(_ database: any DatabaseReader) { self.database = database }

    /// Where the next page begins.
    struct Position: Sendable {
        /// Records that came later than the question are not in the answer.
        fileprivate var newest: Int64
        fileprivate var last: (startedAt: Int64, sequence: Int64)?
        fileprivate var remaining: Int?
    }

    /// The beginning of an answer.
    ///
    /// - Throws: `DatabaseError`.
    func begin(_ query: UsageQuery) async throws -> Position {
        let newest = try await database.read {
            try Int64.fetchOne($0, sql: "SELECT COALESCE(MAX(sequence), 0) FROM record") ?? 0
        }
        return Position(newest: newest, last: nil, remaining: query.limit)
    }

    /// The next records as JSON lines, and where to go on; nil when they were the last.
    ///
    /// - Throws: `DatabaseError`.
    func page(_ query: UsageQuery, at position: Position) async throws -> (String, Position?) {
        let size = min(Self.pageSize, position.remaining ?? Self.pageSize)
        guard size > 0 else { return ("", nil) }
        var (condition, arguments) = Self.condition(query, newest: position.newest)
        let isAscending = query.order == .ascending
        if let last = position.last {
            condition += " AND (started_at, sequence) \(isAscending ? ">" : "<") (?, ?)"
            arguments += [last.startedAt, last.sequence]
        }
        let direction = isAscending ? "ASC" : "DESC"
        let sql =
            "SELECT * FROM \(ChainedTable.effectiveRecords) WHERE \(condition) "
            + "ORDER BY started_at \(direction), sequence \(direction) LIMIT ?"
        let all = arguments + [size]
        return try await database.read { db in
            var text = ""
            var next = position
            var count = 0
            let rows = try Row.fetchCursor(db, sql: sql, arguments: all)
            while let row = try rows.next() {
                text += RecordJSON.text(row)
                text += "\n"
                next.last = (row["started_at"], row["sequence"])
                count += 1
            }
            next.remaining = position.remaining.map { $0 - count }
            return (text, count < size || next.remaining == 0 ? nil : next)
        }
    }

    /// The condition in SQL with its arguments; no text of a request is ever part of the SQL.
    private static func condition(
        _ query: UsageQuery, newest: Int64
    ) -> (String, StatementArguments) {
        var parts = ["sequence <= ?"]
        var arguments: StatementArguments = [newest]
        if let since = query.since {
            parts.append("started_at >= ?")
            arguments += [since]
        }
        if let until = query.until {
            parts.append("started_at < ?")
            arguments += [until]
        }
        if let key = query.key {
            parts.append("key = ?")
            arguments += [key]
        }
        if let model = query.model {
            parts.append("(model = ? OR provider_model = ?)")
            arguments += [model, model]
        }
        if let outcome = query.outcome {
            parts.append("outcome = ?")
            arguments += [outcome.name]
        }
        return (parts.joined(separator: " AND "), arguments)
    }

    /// The sums over all records that match, as one JSON object. `limit` and `order` do not apply.
    ///
    /// - Throws: `DatabaseError`.
    func totals(_ query: UsageQuery) async throws -> String {
        let (condition, arguments) = Self.condition(query, newest: .max)
        let columns = [
            "prompt_billed", "completion_billed", "cached_tokens", "reasoning_tokens",
            "bytes_flushed", "cost_nanodollars",
        ]
        // Halves of 32 bits: SQLite's SUM gives an error where 64 bits do not hold the result.
        let sums = columns.map {
            "COALESCE(SUM(\($0) >> 32), 0), COALESCE(SUM(\($0) & 4294967295), 0)"
        }
        let sql =
            "SELECT COUNT(*), COUNT(*) - COUNT(cost_nanodollars), \(sums.joined(separator: ", ")) "
            + "FROM \(ChainedTable.effectiveRecords) WHERE \(condition)"
        return try await database.read { db in
            guard let row = try Row.fetchOne(db, sql: sql, arguments: arguments) else {
                return "{}"
            }
            func sum(_ index: Int) -> String {
                let high: Int64 = row[2 + 2 * index]
                let low: Int64 = row[3 + 2 * index]
                return String((Int128(high) << 32) + Int128(low))
            }
            var json = JSONObjectWriter()
            json.member("records", row[0] as Int64)
            json.member("prompt_tokens_billed", json: sum(0))
            json.member("completion_tokens_billed", json: sum(1))
            json.member("cached_tokens", json: sum(2))
            json.member("reasoning_tokens", json: sum(3))
            json.member("bytes_flushed", json: sum(4))
            json.member("cost_nanodollars", json: sum(5))
            json.member("records_without_cost", row[1] as Int64)
            return json.finished()
        }
    }
}
