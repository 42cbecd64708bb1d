import GRDB
import IPC
import Testing

@testable import Accountant

@Suite("Questions about usage are strict, and answered from the ledger")
struct UsageQueryTests {
    static func parse(_ pairs: [(String, String)]) throws(UsageQuery.BadParameter) -> UsageQuery {
        try UsageQuery(parameters: pairs.map { (name: $0.0, value: $0.1) })
    }

    @Test("All parameters")
    func all() throws {
        let query = try Self.parse([
            ("since", "1970-01-01T00:00:01Z"), ("until", "2"), ("key", "a"), ("model", "m"),
            ("outcome", "client_gone"), ("limit", "3"), ("order", "desc"), ("totals", "1"),
        ])
        #expect(query.since == 1_000_000_000 && query.until == 2_000_000_000)
        #expect(query.key == "a" && query.model == "m" && query.outcome == .clientGone)
        #expect(query.limit == 3 && query.order == .descending && query.totals)
    }

    @Test(
        "A parameter that cannot be used is named",
        arguments: [
            ("since", "soon"), ("until", ""), ("outcome", "lost"), ("limit", "0"), ("limit", "-1"),
            ("limit", "99999999999999999999"), ("order", "up"), ("totals", "yes"), ("keys", "a"),
        ])
    func bad(_ pair: (String, String)) throws {
        let error = #expect(throws: UsageQuery.BadParameter.self) { try Self.parse([pair]) }
        #expect(error?.name == pair.0)
    }

    @Test("A doubled parameter is refused")
    func doubled() {
        #expect(throws: UsageQuery.BadParameter(name: "key", expected: "at most once")) {
            try Self.parse([("key", "a"), ("key", "b")])
        }
    }

    /// 1,201 records of one key and 1 of another: more than two pages.
    static func filled(_ folder: TemporaryFolder) throws -> Ledger {
        let ledger = try Ledger(directory: folder.path)
        var book = StreamBook(prices: try Sample.prices())
        for stream in UInt64(1)...1202 {
            var opened = Sample.opened(stream)
            // Several share their start: the order must not depend on it alone.
            opened.startedAt += Int64(stream / 5) * 1_000_000_000
            if stream == 1202 { opened.key = "app2' OR 1=1 --" }
            book.apply(.opened(opened), from: Sample.worker, now: 0) { _ in false }
            let outcome: Outcome = stream % 100 == 0 ? .clientGone : .completed
            book.apply(
                Sample.settled(stream, 1, tokens: 10, outcome: outcome), from: Sample.worker, now: 0
            ) { _ in false }
        }
        try ledger.commit(book.changes, open: book.open, now: 0)
        return ledger
    }

    static func ids(_ reader: UsageReader, _ query: UsageQuery) async throws -> [UInt64] {
        var position: UsageReader.Position? = try await reader.begin(query)
        var found: [UInt64] = []
        while let current = position {
            let (text, next) = try await reader.page(query, at: current)
            for line in text.split(separator: "\n") {
                // {"id":"<32 digits>"
                let id = line.dropFirst(7).prefix(32).suffix(16)
                found.append(try #require(UInt64(id, radix: 16)))
            }
            position = next
        }
        return found
    }

    @Test("Pages join to the whole answer, in order, without gap or double")
    func pages() async throws {
        let folder = try TemporaryFolder()
        let reader = UsageReader(try Self.filled(folder).reader)
        #expect(try await Self.ids(reader, UsageQuery()) == Array(1...1202))
        var query = UsageQuery()
        query.order = .descending
        #expect(try await Self.ids(reader, query) == Array((1...1202).reversed()))
        query.limit = 700
        #expect(try await Self.ids(reader, query) == Array((503...1202).reversed()))
        query.limit = 500
        #expect(try await Self.ids(reader, query).count == 500)
    }

    @Test("Filters choose, and text stays text")
    func filters() async throws {
        let folder = try TemporaryFolder()
        let reader = UsageReader(try Self.filled(folder).reader)
        var query = UsageQuery()
        query.key = "app2' OR 1=1 --"
        #expect(try await Self.ids(reader, query) == [1202])
        query = UsageQuery()
        query.outcome = .clientGone
        #expect(try await Self.ids(reader, query).count == 12)
        query = UsageQuery()
        query.since = Sample.startedAt + 1_000_000_000
        query.until = Sample.startedAt + 2_000_000_000
        #expect(try await Self.ids(reader, query) == Array(5...9))
        query = UsageQuery()
        query.model = "test-1"
        #expect(try await Self.ids(reader, query).count == 1202)
        query.model = "alias"
        #expect(try await Self.ids(reader, query).count == 1202)
        query.model = "test"
        #expect(try await Self.ids(reader, query).isEmpty)
    }

    @Test("Sums are exact, beyond 64 bits too")
    func totals() async throws {
        let folder = try TemporaryFolder()
        let ledger = try Self.filled(folder)
        let reader = UsageReader(ledger.reader)
        // 11 prompt tokens at 1,000 and 10 completion tokens at 2,000 nano-dollars each.
        #expect(
            try await reader.totals(UsageQuery())
                == "{\"records\":1202,\"prompt_tokens_billed\":13222,"
                + "\"completion_tokens_billed\":12020,\"cached_tokens\":0,\"reasoning_tokens\":0,"
                + "\"bytes_flushed\":120200,\"cost_nanodollars\":37262000,"
                + "\"records_without_cost\":0}")
        var book = StreamBook(prices: try PriceTable(rules: [], shipped: .empty))
        for stream in UInt64(5000)...5002 {
            var settled = StreamSettled(
                stream: stream, sequence: 1, outcome: .completed, status: 200,
                durationNanoseconds: 0, reason: nil, usage: Sample.usage(tokens: 0))
            settled.usage.promptReported = .max
            book.apply(.settled(settled), from: Sample.worker, now: 0) { _ in false }
        }
        try ledger.commit(book.changes, open: book.open, now: 0)
        let text = try await reader.totals(UsageQuery())
        #expect(text.contains("\"prompt_tokens_billed\":27670116110564340643,"))
        #expect(text.contains("\"records_without_cost\":3"))
        var query = UsageQuery()
        query.key = "nobody"
        #expect(try await reader.totals(query).hasPrefix("{\"records\":0,"))
    }
}
