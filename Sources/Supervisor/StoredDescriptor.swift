import IPC

/// The name of one part of a usage channel in systemd's descriptor store: what is in a channel then
/// outlives this process too, and the next one settles it.
///
/// The sending end is not stored: FDPOLL=0 keeps the receiving end without it, and a copy of it in the
/// store, or on its way there, would keep the accountant from reading the channel's end.
struct StoredDescriptor: Equatable, Hashable, Sendable {
    /// Which part it is.
    enum Part: String, CaseIterable, Sendable {
        case receivingEnd = "receiving"
        case counters = "counters"
    }

    private static let prefix = "channel"

    let part: Part
    let worker: WorkerIdentity

    init(_ part: Part, _ worker: WorkerIdentity) {
        self.part = part
        self.worker = worker
    }

    /// The part and the worker that a name speaks of; nil for a name that this product does not give.
    init?(name: String) {
        let words = name.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 5, words.first == Self.prefix else { return nil }
        var rest = words.dropFirst().makeIterator()
        guard let part = rest.next().flatMap({ Part(rawValue: $0) }),
            let incarnation = rest.next().flatMap({ UInt64($0, radix: 16) }),
            let slot = rest.next().flatMap({ UInt16($0) }),
            let generation = rest.next().flatMap({ UInt32($0) })
        else { return nil }
        self.part = part
        worker = WorkerIdentity(incarnation: incarnation, slot: slot, generation: generation)
    }

    /// At most 255 characters and no colon, as sd_pid_notify_with_fds(3) wants it.
    var name: String {
        let incarnation = String(worker.incarnation, radix: 16)
        return "\(Self.prefix)-\(part.rawValue)-\(incarnation)-\(worker.slot)-\(worker.generation)"
    }
}
