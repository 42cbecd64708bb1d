extension Checker {
    /// A connection is refused never, reset only when its worker was killed, and ends early only for a
    /// reason that the record gives.
    mutating func checkEnd(_ entry: ClientEntry, _ record: LedgerEntry?) {
        let isLost = record?.outcome == "worker_lost"
        switch entry.end {
        case .complete, .left: return
        case .refused: note(.refused, "\(entry)")
        case .hung: note(.hung, "\(entry); record: \(record.map { "\($0)" } ?? "none")")
        case .reset:
            if let record {
                if !isLost { note(.reset, "\(entry); record: \(record)") }
            } else if !wasAWorkerKilled(during: entry) {
                note(.reset, "\(entry); no record")
            }
        case .endOfFile:
            guard let record else {
                if wasAWorkerKilled(during: entry) { return }
                // Its FIN came with its request and was taken for its leaving, before there was a stream.
                if entry.kind == .halfCloser, entry.status == nil { return }
                // The end that a drain gives to an idle connection, and a request that crossed it.
                guard entry.isReused, entry.status == nil else {
                    return note(.cut, "\(entry); no record")
                }
                report.endedIdle += 1
                return
            }
            if !isLost, !isExplained(entry, record) { note(.cut, "\(entry); record: \(record)") }
        }
    }

    /// An end that the answer itself explains: the provider's fault, a client that said it would go.
    private func isExplained(_ entry: ClientEntry, _ record: LedgerEntry) -> Bool {
        switch record.outcome {
        case "provider_error", "provider_failed", "provider_timeout": entry.order.isFaulty
        case "client_gone": entry.kind == .halfCloser
        // Its end came after the answer's, or with it where the provider's connection frames the body.
        case "completed":
            entry.isWhole || entry.order.more.contains("close_delimited")
                || entry.kind == .halfCloser
        default: false
        }
    }

    /// Whether any worker was killed while the client's connection was there.
    private func wasAWorkerKilled(during entry: ClientEntry) -> Bool {
        books.kills.contains {
            !$0.slots.isEmpty && $0.until >= entry.connectedAt && $0.from <= entry.endedAt
        }
    }

    /// Whether the worker in that slot was killed while the stream was under way.
    func wasKilled(slot: Int?, during entry: ClientEntry) -> Bool {
        guard let slot else { return false }
        // A client that left before may have done so unseen.
        let end = entry.endedAt + Self.slack
        return books.kills.contains {
            $0.slots.contains(slot) && $0.until >= entry.startedAt && $0.from <= end
        }
    }
}
