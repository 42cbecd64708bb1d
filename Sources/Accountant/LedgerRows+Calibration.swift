import Foundation
import GRDB
import IPC

extension LedgerRows {
    /// Writes or removes one row.
    ///
    /// - Throws: `DatabaseError`.
    static func write(
        _ key: CalibrationKey, _ entry: CalibrationBook.Entry?, _ db: Database
    ) throws {
        guard let entry else {
            let statement = try db.cachedStatement(
                sql: "DELETE FROM calibration WHERE provider = ? AND model = ? AND encoding = ? "
                    + "AND script = ? AND side = ?")
            return try statement.execute(arguments: columns(key))
        }
        let statement = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO calibration "
                + "(provider, model, encoding, script, side, total, changed_at, samples) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        try statement.execute(
            arguments: columns(key) + [
                Int64(clamping: entry.samples.total), entry.changedAt, entry.samples.bytes,
            ])
    }

    private static func columns(_ key: CalibrationKey) -> StatementArguments {
        [
            key.provider, key.model, Int64(key.encoding.rawValue),
            Int64(key.script?.rawValue ?? 0), Int64(key.side.rawValue),
        ]
    }

    /// Reads all rows; those that make no sense are left out, and learned again.
    ///
    /// - Throws: `DatabaseError`.
    static func calibrations(
        _ db: Database
    ) throws -> (entries: [CalibrationKey: CalibrationBook.Entry], unreadable: Int) {
        var entries: [CalibrationKey: CalibrationBook.Entry] = [:]
        var unreadable = 0
        let rows = try Row.fetchCursor(db, sql: "SELECT * FROM calibration")
        while let row = try rows.next() {
            if let (key, entry) = calibration(row) {
                entries[key] = entry
            } else {
                unreadable += 1
            }
        }
        return (entries, unreadable)
    }

    private static func calibration(_ row: Row) -> (CalibrationKey, CalibrationBook.Entry)? {
        let script = row["script"] as Int64
        guard let encoding = UInt8(exactly: row["encoding"] as Int64).flatMap(CountEncoding.init),
            let side = UInt8(exactly: row["side"] as Int64).flatMap(CalibrationKey.Side.init),
            let total = UInt64(exactly: row["total"] as Int64),
            let samples = CalibrationSamples(bytes: row["samples"], total: total)
        else { return nil }
        let known = UInt8(exactly: script).flatMap(ScriptClass.init)
        guard known != nil || script == 0 else { return nil }
        let key = CalibrationKey(
            provider: row["provider"], model: row["model"], encoding: encoding, script: known,
            side: side)
        return (key, CalibrationBook.Entry(samples: samples, changedAt: row["changed_at"]))
    }
}
