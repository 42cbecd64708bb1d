import Foundation
import GRDB
import IPC

extension LedgerRows {
    /// Reads all rows of open streams.
    ///
    /// - Throws: `DatabaseError`, `Ledger.Failure.unreadableRow`.
    static func openStreams(_ db: Database) throws -> [StreamKey: OpenStream] {
        var found: [StreamKey: OpenStream] = [:]
        let rows = try Row.fetchCursor(db, sql: "SELECT * FROM open_stream")
        while let row = try rows.next() {
            let key = StreamKey(
                incarnation: UInt64(bitPattern: row["incarnation"]),
                stream: UInt64(bitPattern: row["stream"]))
            guard let stream = openStream(key, row) else { throw Ledger.Failure.unreadableRow(key) }
            found[key] = stream
        }
        return found
    }

    private static func openStream(_ key: StreamKey, _ row: Row) -> OpenStream? {
        guard let slot = UInt16(exactly: row["worker"] as Int64),
            let generation = UInt32(exactly: row["generation"] as Int64)
        else { return nil }
        var stream = OpenStream(
            worker: WorkerIdentity(
                incarnation: key.incarnation, slot: slot, generation: generation),
            isPersisted: true)
        if let startedAt = row["started_at"] as Int64? {
            guard let opened = opened(key, startedAt: startedAt, row) else { return nil }
            stream.opened = opened
        }
        if let bytes = row["progress"] as Data? {
            guard
                let step = try? bytes.withUnsafeBytes({ try UsageCoding.next(in: $0) }),
                case .record(.progress(let progress), _) = step
            else { return nil }
            stream.sequence = progress.sequence
            stream.usage = progress.usage
        }
        return stream
    }

    private static func opened(_ key: StreamKey, startedAt: Int64, _ row: Row) -> StreamOpened? {
        guard let name = row["key"] as String?, let model = row["model"] as String?,
            let code = row["endpoint"] as Int64?,
            let endpoint = UInt8(exactly: code).flatMap({ Endpoint(rawValue: $0) }),
            let sourceCode = row["count_source"] as Int64?,
            let source = UInt8(exactly: sourceCode).flatMap({ CountSource(rawValue: $0) })
        else { return nil }
        var basis: PromptBasis?
        if let code = row["encoding"] as Int64? {
            guard let encoding = UInt8(exactly: code).flatMap(CountEncoding.init) else {
                return nil
            }
            basis = PromptBasis(
                encoding: encoding,
                script: (row["prompt_script"] as Int64?).flatMap { UInt8(exactly: $0) }
                    .flatMap(ScriptClass.init),
                isTextOnly: (row["prompt_is_text"] as Int64?) == 1)
        }
        return StreamOpened(
            stream: key.stream,
            slot: (row["counter_slot"] as Int64?).flatMap { UInt32(exactly: $0) },
            startedAt: startedAt, key: name, endpoint: endpoint, model: model,
            provider: row["provider"], providerModel: row["provider_model"],
            isStreaming: (row["is_streaming"] as Int64?) == 1,
            promptProduced: (row["prompt_produced"] as Int64?).map { UInt64(clamping: $0) },
            countSource: source, promptBasis: basis)
    }
}
