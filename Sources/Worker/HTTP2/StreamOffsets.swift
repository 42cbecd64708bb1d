/// Which bytes of a stream's answer are in the first so many bytes of its HTTP/2 connection, before the
/// encryption.
///
/// The payload of each DATA frame stands in the midst of other streams' frames, header fields and control
/// frames. The end of every frame that has not been acknowledged is remembered, in bytes of the answer
/// and of the connection, and of these a bounded number: past that, neighbours are merged. Between two ends
/// that were not merged the answer is exact; else it can be too small, by what stands between the merged
/// frames, never too large: what is missing up to an end holds at most as many bytes of the answer.
struct StreamOffsets: Sendable {
    private struct Mark {
        /// Ends of a frame: in the answer, and in the connection.
        var payload: UInt64 = 0
        var plain: UInt64 = 0
    }

    /// Marks kept for one stream at most: 16 bytes each.
    static let marksMax = 1024

    private var marks: [Mark] = []
    /// The last of those that are forgotten.
    private var base = Mark()
    /// Bytes of the answer that were put into frames.
    private(set) var payloadFramed: UInt64 = 0

    /// A DATA frame with so many bytes of the answer ends at that byte of the connection.
    mutating func framed(_ payload: Int, end: UInt64) {
        guard payload > 0 else { return }
        payloadFramed &+= UInt64(payload)
        if marks.count >= Self.marksMax { merge() }
        marks.append(Mark(payload: payloadFramed, plain: end))
    }

    /// Bytes of the answer among the first so many bytes of the connection.
    func payload(within plain: UInt64) -> UInt64 {
        if let last = marks.last, plain >= last.plain { return payloadFramed }
        var low = 0
        var high = marks.count
        while low < high {
            let middle = (low &+ high) / 2
            if marks[middle].plain <= plain { low = middle &+ 1 } else { high = middle }
        }
        let before = low == 0 ? base : marks[low &- 1]
        guard low < marks.count else { return before.payload }
        let missing = marks[low].plain &- plain
        return max(before.payload, marks[low].payload &- min(marks[low].payload, missing))
    }

    /// Nobody asks about the first so many bytes of the connection any more, but about more.
    mutating func forget(within plain: UInt64) {
        let done = marks.prefix { $0.plain <= plain }
        guard let last = done.last else { return }
        base = last
        marks.removeFirst(done.count)
    }

    /// Leaves every other mark, and the last.
    private mutating func merge() {
        let last = marks.count &- 1
        marks = marks.indices.filter { $0 % 2 == 1 || $0 == last }.map { marks[$0] }
    }
}
