import ArgumentParser
import Foundation
import LedgerFormat

/// Writes all records out.
struct LedgerExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write records with every column of the ledger, in the order of settlement.",
        discussion: """
            Corrections are applied; the column `corrections` is their number. Times are RFC 3339 with \
            nanoseconds, flags 0 or 1, `rates` the prices that were applied. A price or a row that was \
            altered is not noticed here: `dd0c-route ledger verify` does that.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case csv, json }

    @OptionGroup var location: LedgerLocation

    @Option(help: "csv (RFC 4180, with a line of names) or json (one object a line).")
    var format: Format

    @Option(help: "Only what started at that time or later.")
    var since: TimeArgument?
    @Option(help: "Only what started before that time.")
    var until: TimeArgument?
    @Option(help: "The file to write, for its owner alone (default: standard output).")
    var output: String?

    func run() throws {
        let path = try location.path()
        let file = try LedgerLocation.open(path)
        var writer = try OutputWriter(path: output)
        do {
            var export = try RecordExport(
                file, since: since?.nanoseconds ?? .min, until: until?.nanoseconds ?? .max)
            if format == .csv { try writer.write(ListPrinter.csv(export.columns) + "\r\n") }
            while let row = try export.next() {
                switch format {
                case .csv: try writer.write(ListPrinter.csv(row.map(\.text)) + "\r\n")
                case .json: try writer.write(export.json(row) + "\n")
                }
            }
        } catch let failure as LedgerStatement.Failure {
            throw LedgerLocation.failure(path, failure)
        }
        try writer.finish()
    }
}
