import Testing

/// The clients' book against the gateway's, where every stream came to its end.
enum CompleteBooks {
    /// Every stream `mock-INDEX` was complete, and has one record, which says what its client saw.
    static func expect(_ streams: [OpenStream], _ rows: [UsageRow]) {
        let cut = streams.filter { $0.ending != .complete || $0.state.value.reader.status != 200 }
        #expect(cut.map(\.state.value.description) == [])
        let byModel = Dictionary(grouping: rows) { $0.model ?? "" }
        #expect(rows.count == streams.count)
        for stream in streams {
            let found = byModel["mock-\(stream.index)"] ?? []
            #expect(found.count == 1, "stream \(stream.index): \(found)")
            guard let row = found.first else { continue }
            #expect(row.outcome == "completed" && row.key == "app1", "\(row)")
            #expect(row.chunks_flushed == stream.events, "\(row), \(stream.state.value)")
            #expect(row.bytes_flushed == stream.wireBytes, "\(row), \(stream.state.value)")
        }
    }
}
