import IPC
import Synchronization

/// What the loop shows of itself to the admin interface; written by one thread, read by others.
final class AccountantStatus: Sendable {
    /// One channel that is not read any more.
    struct Parked: Equatable, Sendable {
        var incarnation: UInt64
        var reason: String
    }

    /// A view of the loop.
    struct Snapshot: Sendable {
        var openStreams = 0
        var attachedChannels = 0
        var parked: [Parked] = []
        /// Monotonic nanoseconds of the last commit; nil: none since the start.
        var lastCommit: UInt64?
        /// Whether the last commit failed, and records wait in the kernel's queues.
        var isLedgerFailing = false
        /// What is wrong with the ledger; nil: nothing.
        var trouble: String?
        var isDraining = false
        /// Monotonic nanoseconds since when reports wait for a ledger that does not take them; nil: none do.
        var waitingSince: UInt64?
        /// Bytes of reports that wait in the channels.
        var queuedBytes: UInt64 = 0
        /// Frames that were malformed or of an unknown type, and skipped.
        var refusedFrames: UInt64 = 0
        /// Amendments of streams that have no record.
        var refusedAmendments: UInt64 = 0
        /// The counters of the attached workers, which are read when someone asks.
        var counters: [CounterFile] = []
    }

    private let state = Mutex(Snapshot())
    private let clock: Clock

    /// What the supervisor shows; nil: it shows nothing.
    private let board: ServiceBoard?

    init(board: ServiceBoard? = nil, clock: Clock = .system) {
        self.board = board
        self.clock = clock
    }

    /// The last view that was published.
    var snapshot: Snapshot { state.withLock { $0 } }

    /// Publishes a view.
    func publish(_ snapshot: Snapshot) { state.withLock { $0 = snapshot } }

    /// The view as a JSON object.
    ///
    /// - Parameters:
    ///   - records: nil where the ledger cannot be read; so is `chain`.
    func json(ledgerPath: String, records: Int?, chain: LedgerChain.Summary?) -> String {
        let view = snapshot
        var json = JSONObjectWriter()
        json.member("ledger", ledgerPath)
        json.member("records", records.map { Int64($0) })
        json.member("open_streams", Int64(view.openStreams))
        json.member("attached_channels", Int64(view.attachedChannels))
        json.member(
            "last_commit_age_ms",
            view.lastCommit.map { Int64((clock.monotonic &- $0) / 1_000_000) })
        json.member(
            "ledger_lag_ms",
            view.waitingSince.map { Int64((clock.monotonic &- $0) / 1_000_000) } ?? 0)
        json.member("queued_bytes", Int64(clamping: view.queuedBytes))
        json.member("ledger_failing", view.isLedgerFailing)
        json.member("ledger_error", view.trouble)
        json.member("draining", view.isDraining)
        json.member("refused_frames", Int64(clamping: view.refusedFrames))
        json.member("refused_amendments", Int64(clamping: view.refusedAmendments))
        json.member("blocks", chain?.head.number)
        json.member("chain_head", chain?.head.hash.hexadecimal)
        json.member("signed_blocks", chain?.signedBlock)
        json.member("signed_at", chain?.signedAt.map(Timestamp.text))
        let parked = view.parked.map { channel in
            var entry = JSONObjectWriter()
            entry.member("incarnation", StreamKey.hexadecimal(channel.incarnation))
            entry.member("reason", channel.reason)
            return entry.finished()
        }
        json.member("parked_channels", json: "[" + parked.joined(separator: ",") + "]")
        json.member("providers", json: Self.providers(view.counters))
        add(board?.read(), to: &json)
        return json.finished()
    }

    /// What the supervisor shows: nulls where it shows nothing.
    private func add(_ state: ServiceState?, to json: inout JSONObjectWriter) {
        json.member("summary", state?.summary)
        json.member("generation", state.map { Int64($0.generation) })
        json.member("stored_descriptors", state?.storedDescriptors.map { Int64($0) })
        var reloads = JSONObjectWriter()
        reloads.member("requested", state.map { Int64($0.reloadsRequested) })
        reloads.member("finished", state.map { Int64($0.reloadsFinished) })
        let refusal = state?.reloadRefusal ?? []
        reloads.member("refusal", refusal.isEmpty ? nil : refusal.joined(separator: "\n"))
        json.member("reloads", json: reloads.finished())
        let now = clock.monotonic / 1_000_000
        let processes = (state?.processes ?? []).map { process in
            var entry = JSONObjectWriter()
            entry.member("role", process.role.name)
            entry.member("slot", process.slot.map { Int64($0) })
            entry.member("pid", process.pid.map { Int64($0) })
            entry.member("generation", process.generation.map { Int64($0) })
            entry.member("state", process.state)
            entry.member(
                "uptime_ms", process.startedAt.map { Int64(clamping: now &- min(now, $0)) })
            entry.member("restarts", Int64(process.restarts))
            entry.member("open_streams", process.openStreams.map { Int64($0) })
            entry.member("memory_bytes", process.residentBytes.map { Int64(clamping: $0) })
            entry.member("last_exit", process.lastExit)
            return entry.finished()
        }
        json.member("processes", json: "[" + processes.joined(separator: ",") + "]")
    }

    /// The connections of all workers to each provider, by the provider's name.
    private static func providers(_ counters: [CounterFile]) -> String {
        var sums: [String: ProviderGauge] = [:]
        for file in counters {
            for (name, gauge) in file.providers {
                sums[name] = sums[name, default: ProviderGauge()] + gauge
            }
        }
        var json = JSONObjectWriter()
        for (name, gauge) in sums.sorted(by: { $0.key < $1.key }) {
            var entry = JSONObjectWriter()
            entry.member("open", Int64(gauge.open))
            entry.member("idle", Int64(gauge.idle))
            entry.member("in_use", Int64(gauge.inUse))
            entry.member("dialling", Int64(gauge.dialling))
            entry.member("lookups", Int64(gauge.lookups))
            entry.member("waiting", Int64(gauge.waiting))
            json.member(name, json: entry.finished())
        }
        return json.finished()
    }
}
