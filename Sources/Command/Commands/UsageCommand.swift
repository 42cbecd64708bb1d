import ArgumentParser
import Foundation
import IPC

/// Lists usage records.
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "List usage records, in the order in which they started.",
        discussion: """
            Times are ISO 8601 (2026-11-23T12:00:00Z, or 2026-11-23 for its first moment in UTC) or \
            lie so far back: 30m, 12h, 7d.
            """)

    @OptionGroup var admin: AdminOptions

    @Option(help: "Only what started at that time or later.")
    var since: TimeArgument?
    @Option(help: "Only what started before that time.")
    var until: TimeArgument?
    @Option(help: "Only of the key of that name.")
    var key: String?
    @Option(help: "Only of that model, as the client named it.")
    var model: String?
    @Option(help: "Only of that outcome: \(Outcome.allCases.map(\.name).joined(separator: ", ")).")
    var outcome: String?
    @Option(help: "At most so many records.")
    var limit: Int?
    @Flag(help: "The newest first: with --limit, the newest instead of the oldest.")
    var newestFirst = false
    @Flag(help: "Sums instead of records.")
    var totals = false
    @Option(help: "table, json (one object a line) or csv.")
    var format: ListFormat = .table

    func validate() throws {
        if let outcome, Outcome(name: outcome) == nil {
            let known = Outcome.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("There is no such outcome. Known are \(known).")
        }
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }

    mutating func run() async throws {
        let lines = try await AdminClient(admin.address()).lines("/usage", query: query())
        if format == .json {
            for try await line in lines { try Console.out(line) }
            return
        }
        var printer = ListPrinter(
            format: format, columns: totals ? nil : UsageColumns.columns(format))
        for try await line in lines {
            for text in printer.add(try JSONValue(parsing: line)) { try Console.out(text) }
        }
        for text in printer.finish() { try Console.out(text) }
    }

    /// The filters as the admin interface takes them.
    func query() -> [(String, String)] {
        var query: [(String, String)] = []
        if let since { query.append(("since", since.text)) }
        if let until { query.append(("until", until.text)) }
        if let key { query.append(("key", key)) }
        if let model { query.append(("model", model)) }
        if let outcome { query.append(("outcome", outcome)) }
        if let limit { query.append(("limit", "\(limit)")) }
        if newestFirst { query.append(("order", "desc")) }
        if totals { query.append(("totals", "1")) }
        return query
    }
}
