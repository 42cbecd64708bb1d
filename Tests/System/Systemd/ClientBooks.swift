import Testing

/// What the clients of one round have seen, held against the ledger.
struct ClientBooks {
    let streams: [OpenStream]
    let rows: [String: [UsageRow]]
    let models: [String]

    /// - Parameter models: the models that the streams asked for, in their order.
    init(_ streams: [OpenStream], _ models: [String], _ rows: [UsageRow]) {
        self.streams = streams
        self.models = models
        self.rows = Dictionary(grouping: rows) { $0.model ?? "" }
    }

    /// Whether something came, so that there must be a record.
    static func wasServed(_ stream: OpenStream) -> Bool {
        let state = stream.state.value
        return state.reader.status != nil || state.reader.wireBytes > 0
    }

    /// Expects one record for each stream that got anything, and in it neither less than what its client
    /// read, but for one write of each killed worker, nor more than what came.
    ///
    /// - Returns: streams that were cut, with their records, in which every byte is accounted for.
    func expectAgreement(killedWorkers: Int) -> [(stream: OpenStream, row: UsageRow)] {
        var exact: [(stream: OpenStream, row: UsageRow)] = []
        var inFlight = 0
        for (stream, model) in zip(streams, models) {
            let state = stream.state.value
            let found = rows[model] ?? []
            if case .refused = state.ending {
                Issue.record("\(model) was refused: \(state)")
            }
            guard let row = found.first, found.count == 1 else {
                #expect(
                    !Self.wasServed(stream) && found.isEmpty, "\(found.count) records: \(state)")
                continue
            }
            let missing = expectAgreement(state, row, "\(model): \(state), \(row)")
            if missing > 0 {
                #expect(row.outcome == "worker_lost", "\(state), \(row)")
                inFlight += 1
            } else if missing == 0, row.outcome == "worker_lost", stream.ending != .complete {
                exact.append((stream, row))
            }
        }
        // A worker is one thread: it is in one write at most when it is killed.
        #expect(inFlight <= killedWorkers, "\(inFlight) streams whose last write was not counted")
        return exact
    }

    /// - Returns: bytes that the client has and the record has not.
    private func expectAgreement(
        _ state: OpenStream.State, _ row: UsageRow, _ what: String
    ) -> Int {
        let missing = state.reader.wireBytes - (row.bytes_flushed ?? 0)
        let isStream = row.stream == true
        switch state.ending {
        case .complete:
            // The end may lie in the worker, unsent, when that is killed.
            #expect(row.outcome == "completed" || row.outcome == "worker_lost", "\(what)")
            #expect(missing >= 0, "\(what)")
            if isStream, missing == 0 {
                #expect(row.chunks_flushed == state.reader.events.count, "\(what)")
            }
        case .left:
            // It may have left behind the end.
            #expect(["client_gone", "completed", "worker_lost"].contains(row.outcome), "\(what)")
        default:
            #expect(row.outcome == "worker_lost", "\(what)")
            #expect(missing >= 0, "\(what)")
            if isStream {
                #expect(row.chunks_flushed ?? .max <= state.reader.events.count, "\(what)")
            }
        }
        if row.outcome == "worker_lost" {
            // Settled from the stored channel: without, nobody knows how long it took.
            #expect(row.duration_ms != nil, "\(what)")
            let completion = row.completion_tokens
            let counted = completion?.corrected(completion?.delivered) ?? 0
            if completion?.source == "reported" {
                // The provider's total came before the client took all that it is about.
                #expect(completion?.billed == completion?.reported, "\(what)")
                #expect(completion?.billed ?? .max < counted, "\(what)")
            } else {
                #expect(completion?.billed == counted, "\(what)")
            }
        }
        return missing
    }
}
