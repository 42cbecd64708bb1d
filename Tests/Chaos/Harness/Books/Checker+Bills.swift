extension Checker {
    mutating func checkBill(_ entry: ClientEntry, _ record: LedgerEntry, _ request: MockEntry?) {
        let mock = request.map { "\($0)" } ?? "saw nothing"
        let what = "\(record); client: \(entry); mock: \(mock)"
        if record.outcome == "completed" {
            checkCompleted(entry, record, request, what)
        } else {
            checkCut(entry, record, what)
        }
    }

    private mutating func checkCompleted(
        _ entry: ClientEntry, _ record: LedgerEntry, _ request: MockEntry?, _ what: String
    ) {
        report.completed += 1
        report.completedBilled += record.billed
        report.completedReported += request?.reported ?? 0
        if !entry.sawTerminal && !entry.isWhole { note(.notRead, what) }
        if record.completionTokens.billed != request?.reported
            || record.promptTokens.billed != request?.prompt
        {
            note(.notAsReported, what)
        }
    }

    private mutating func checkCut(
        _ entry: ClientEntry, _ record: LedgerEntry, _ what: String
    ) {
        let isLost = record.outcome == "worker_lost"
        let excess = record.billed - entry.tokens
        if isLost {
            if !wasKilled(slot: record.worker, during: entry) { note(.notKilled, what) }
            checkLost(entry, excess, what)
            return
        }
        if excess > 0 { note(.overbilled, "by \(excess): \(what)") }
        if record.outcome == "client_gone" { report.shortfallLeft.add(max(0, -excess)) }
        let hasAll = entry.isWhole && entry.status == 200
        guard !entry.order.isFaulty, hasAll || entry.sawTerminal else { return }
        if entry.leftByReset, record.bytesAcknowledged.map({ $0 < entry.bodyBytes }) ?? false {
            report.resetUnacknowledged += 1
        } else {
            note(.notCompleted, what)
        }
    }

    /// The counters tell what was flushed, up to the last write, which may have happened uncounted.
    private mutating func checkLost(_ entry: ClientEntry, _ excess: Int, _ what: String) {
        if excess <= 0 {
            if entry.isPaced {
                report.shortfallPaced.add(-excess)
            } else {
                report.shortfallBurst.add(-excess)
            }
            if -excess > entry.writeTokens {
                note(.underbilled, "by \(-excess), a write holds \(entry.writeTokens): \(what)")
            }
            return
        }
        // Who reads on gets what the kernel holds, except after a reset.
        let isOver: Bool
        switch entry.end {
        case .left, .reset: isOver = false
        case .complete, .endOfFile, .refused, .hung: isOver = true
        }
        let bytesOfToken = max(1, entry.bodyBytes / max(1, entry.tokens))
        if isOver || excess * min(bytesOfToken, 128) > Self.unsentBytesMax {
            note(.overbilled, "by \(excess): \(what)")
        } else {
            report.excessKilled.add(excess)
        }
    }
}
