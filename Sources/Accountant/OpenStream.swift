import IPC

/// A stream that is not settled yet, as far as its records told.
struct OpenStream: Equatable, Sendable {
    var worker: WorkerIdentity
    /// What `opened` said; nil while only later records were seen.
    var opened: StreamOpened?
    /// Sequence of the last record that was applied; nil: only `opened`.
    var sequence: UInt64?
    /// What that record said.
    var usage: StreamUsage?
    /// Monotonic nanoseconds of its start; nil: this process did not see it.
    var began: UInt64?
    /// Whether the ledger has a row of it.
    var isPersisted = false

    /// Everything known of the consumption: the last progress, else what `opened` counted.
    var evidence: StreamUsage { Self.complete(usage, with: opened) }

    /// The usage with the prompt's count that `opened` carried, where the usage has none of its own.
    static func complete(_ usage: StreamUsage?, with opened: StreamOpened?) -> StreamUsage {
        var result = usage ?? StreamUsage()
        guard let opened, result.promptProduced == nil else { return result }
        result.promptProduced = opened.promptProduced
        result.promptSource = opened.countSource
        if usage == nil { result.countSource = opened.countSource }
        return result
    }

    /// The evidence as a lost worker left it: the counters where they are ahead of the last record.
    ///
    /// Both are cumulative, so the greater of each is the later one; but more text can have fewer
    /// tokens, so of those the ones beside more flushed bytes are the later ones.
    func evidence(with counts: StreamCounts?) -> StreamUsage {
        var result = evidence
        guard let counts else { return result }
        let areLater = counts.bytesFlushed > result.bytesFlushed
        result.chunksFlushed = max(result.chunksFlushed, counts.chunksFlushed)
        result.bytesFlushed = max(result.bytesFlushed, counts.bytesFlushed)
        // A slot cannot say "nobody looked": its 0 adds nothing to what records said.
        if counts.bytesAcknowledged > 0 {
            result.bytesAcknowledged = max(result.bytesAcknowledged ?? 0, counts.bytesAcknowledged)
        }
        result.completionProduced = max(
            areLater ? 0 : result.completionProduced ?? 0, counts.completionProduced)
        result.completionDelivered = max(
            areLater ? 0 : result.completionDelivered ?? 0, counts.completionDelivered)
        if result.firstByteNanoseconds == nil, counts.firstByteNanoseconds > 0 {
            result.firstByteNanoseconds = counts.firstByteNanoseconds
        }
        result.providerAccepted = result.providerAccepted || counts.providerAccepted
        if counts.completionProduced > 0 {
            // The counters speak for the completion alone.
            result.promptSource = result.promptSource ?? result.countSource
            result.countSource = counts.countSource
        }
        result.completionScript = counts.completionScript ?? result.completionScript
        return result
    }
}

extension StreamOpened {
    /// The record's age by the wall clock is believed up to this, nanoseconds: it came just now.
    private static let ageMax: Int64 = 60_000_000_000

    /// The stream's start on the monotonic clock.
    ///
    /// - Parameters:
    ///   - now: nanoseconds since the epoch.
    ///   - monotonic: nanoseconds of the monotonic clock at the same moment.
    func began(now: Int64, monotonic: UInt64) -> UInt64 {
        let age = now.subtractingClamped(startedAt)
        guard age > 0, age <= Self.ageMax else { return monotonic }
        return monotonic - min(monotonic, UInt64(age))
    }
}
