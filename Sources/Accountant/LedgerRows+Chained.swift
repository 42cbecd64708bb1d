import Foundation
import GRDB
import IPC
import LedgerFormat

/// The rows that are in the hash chain: what is written is hashed from the same values.
extension LedgerRows {
    private static func insertion(into table: ChainedTable) -> String {
        let columns = table.columns
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        return "INSERT INTO \(table.name) (\(columns.joined(separator: ", "))) VALUES (\(marks))"
    }

    private static let insertPrice = insertion(into: .price)
    private static let insertRecord = insertion(into: .record) + " ON CONFLICT (id) DO NOTHING"
    private static let insertCorrection =
        insertion(into: .correction) + " ON CONFLICT (id, number) DO NOTHING"

    /// Adds a record, unless its stream has one.
    ///
    /// - Throws: `DatabaseError`.
    static func insert(_ record: LedgerRecord, _ block: inout BlockBuilder, _ db: Database) throws {
        let opened = record.opened
        let usage = record.usage
        let bill = record.bill
        let price = try number(of: record.priced, &block, db)
        try add(
            [
                block.next(.record).databaseValue, record.key.id.databaseValue,
                record.startedAt.databaseValue, record.settledAt.databaseValue,
                value(opened?.key), value(opened?.endpoint.path), value(opened?.model),
                value(opened?.provider), value(opened?.providerModel),
                value(opened.map { $0.isStreaming ? 1 : 0 }), record.outcome.name.databaseValue,
                value(record.status == 0 ? nil : Int64(record.status)), value(record.reason),
                (usage.providerAccepted ? 1 : 0).databaseValue,
                usage.countSource.name.databaseValue, count(usage.promptReported),
                count(usage.promptProduced), count(bill.prompt.tokens),
                bill.prompt.source.rawValue.databaseValue, count(usage.completionReported),
                count(usage.completionProduced), count(usage.completionDelivered),
                count(bill.completion.tokens), bill.completion.source.rawValue.databaseValue,
                count(usage.cachedTokens), count(usage.cacheWrite5mTokens),
                count(usage.cacheWrite1hTokens), count(usage.reasoningTokens),
                value(usage.serviceTier), count(usage.chunksFlushed), count(usage.bytesFlushed),
                count(usage.bytesAcknowledged), value(record.priced?.nanodollars),
                value(record.priced?.version), value(record.priced?.model),
                count(usage.firstByteNanoseconds), count(record.durationNanoseconds),
                Int64(record.worker.slot).databaseValue,
                Int64(record.worker.generation).databaseValue,
            ] + values(bill.prompt.calibration) + values(bill.completion.calibration)
                + [count(record.streamSequence), value(price)],
            to: .record, insertRecord, &block, db)
    }

    /// Adds a correction, unless the record has one of that number.
    ///
    /// - Throws: `DatabaseError`.
    static func insert(
        _ correction: LedgerCorrection, _ block: inout BlockBuilder, _ db: Database
    ) throws {
        let usage = correction.usage
        let bill = correction.bill
        let price = try number(of: correction.priced, &block, db)
        try add(
            [
                block.next(.correction).databaseValue, correction.key.id.databaseValue,
                correction.number.databaseValue, correction.correctedAt.databaseValue,
                count(correction.streamSequence), (usage.providerAccepted ? 1 : 0).databaseValue,
                count(usage.promptReported), count(bill.prompt.tokens),
                bill.prompt.source.rawValue.databaseValue, count(usage.completionReported),
                count(usage.completionProduced), count(bill.completion.tokens),
                bill.completion.source.rawValue.databaseValue, count(usage.cachedTokens),
                count(usage.cacheWrite5mTokens), count(usage.cacheWrite1hTokens),
                count(usage.reasoningTokens), value(usage.serviceTier),
                value(correction.priced?.nanodollars), value(correction.priced?.version),
                value(correction.priced?.model), value(price),
            ] + values(bill.prompt.calibration) + values(bill.completion.calibration),
            to: .correction, insertCorrection, &block, db)
    }

    /// The sequence of the rates that were applied, which are added when they are new.
    private static func number(
        of priced: Pricing.Priced?, _ block: inout BlockBuilder, _ db: Database
    ) throws -> Int64? {
        guard let priced else { return nil }
        let rates = priced.rates.description
        let find = try db.cachedStatement(
            sql: "SELECT sequence FROM price WHERE version = ? AND model = ? AND rates = ?")
        if let found = try Int64.fetchOne(find, arguments: [priced.version, priced.model, rates]) {
            return found
        }
        let number = block.next(.price)
        try add(
            [
                number.databaseValue, priced.version.databaseValue, priced.model.databaseValue,
                rates.databaseValue,
            ], to: .price, insertPrice, &block, db)
        return number
    }

    private static func add(
        _ values: [DatabaseValue], to table: ChainedTable, _ sql: String,
        _ block: inout BlockBuilder, _ db: Database
    ) throws {
        try execute(try db.cachedStatement(sql: sql), values)
        guard db.changesCount > 0 else { return }
        var entry = ChainEntry(table)
        for value in values {
            switch value.storage {
            case .null: entry.addNull()
            case .int64(let number): entry.add(integer: number)
            case .double(let number): entry.add(real: number)
            // A text is stored up to its first NUL.
            case .string(let text): entry.add(text: text.utf8.prefix { $0 != 0 })
            case .blob(let data): entry.add(blob: data)
            }
        }
        block.add(entry, to: table)
    }

    private static func values(_ calibration: Calibration?) -> [DatabaseValue] {
        [
            value(calibration.map { Int64($0.ratio) }), value(calibration.map { Int64($0.error) }),
            count(calibration?.samples),
        ]
    }
}
