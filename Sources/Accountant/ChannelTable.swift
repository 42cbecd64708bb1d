import Glibc
import IPC

/// The usage channels of all workers that are attached, and what was peeked of them.
struct ChannelTable {
    /// One worker's channel.
    struct Channel {
        let worker: WorkerIdentity
        let descriptor: Int32
        /// nil when the memory that was passed was none of ours: lost streams are then settled from
        /// their last record.
        let counters: CounterFile?
        fileprivate(set) var receiver: UsageReceiver
        /// Why the channel is not read any more; its bytes are kept in the kernel's queue.
        fileprivate(set) var parked: String?
        /// Something was peeked that the next consume takes away.
        fileprivate(set) var isPeeked = false

        /// What the counters say of a stream.
        func counts(_ slot: UInt32, _ stream: UInt64) -> StreamCounts? {
            counters?.read(slot: slot, stream: stream)
        }
    }

    /// Bytes that one peek of one channel takes: what one commit covers of it.
    private static let peekMax = 512 * 1024

    private(set) var channels: [UInt64: Channel] = [:]
    /// Incarnations in the order in which they are read; rotated, so that none is always last.
    private var order: [UInt64] = []

    /// Takes a channel. The descriptor is the table's from now on.
    ///
    /// - Returns: false when that worker is attached already; the descriptor is then closed.
    mutating func attach(
        _ worker: WorkerIdentity, descriptor: Int32, counters: CounterFile?
    ) -> Bool {
        guard channels[worker.incarnation] == nil else {
            close(descriptor)
            return false
        }
        channels[worker.incarnation] = Channel(
            worker: worker, descriptor: descriptor, counters: counters,
            receiver: UsageReceiver(descriptor: descriptor, capacity: Self.peekMax))
        order.append(worker.incarnation)
        return true
    }

    /// Lets a channel go.
    mutating func release(_ incarnation: UInt64) {
        guard let channel = channels.removeValue(forKey: incarnation) else { return }
        order.removeAll { $0 == incarnation }
        close(channel.descriptor)
    }

    /// Stops reading a channel. What waits in it is kept, for a build that can read it.
    mutating func park(_ incarnation: UInt64, reason: String) {
        channels[incarnation]?.parked = reason
        channels[incarnation]?.isPeeked = false
    }

    /// Channels that are read, in turn: whoever was first is last the next time.
    mutating func nextTurn() -> [UInt64] {
        if let first = order.first {
            order.removeFirst()
            order.append(first)
        }
        return order.filter { channels[$0]?.parked == nil }
    }

    /// Descriptors of the channels that are read.
    var readable: [Int32] { channels.values.filter { $0.parked == nil }.map(\.descriptor) }

    /// Bytes that wait in all channels.
    var queuedBytes: UInt64 {
        channels.values.reduce(0) { sum, channel in
            var waiting: Int32 = 0
            guard ioctl(channel.descriptor, UInt(FIONREAD), &waiting) == 0 else { return sum }
            return sum &+ UInt64(clamping: waiting)
        }
    }

    /// The counters of all attached workers.
    var counters: [CounterFile] { channels.values.compactMap(\.counters) }

    /// Channels that are not read any more.
    var parked: [AccountantStatus.Parked] {
        channels.values.compactMap { channel in
            channel.parked.map {
                AccountantStatus.Parked(incarnation: channel.worker.incarnation, reason: $0)
            }
        }.sorted { $0.incarnation < $1.incarnation }
    }

    /// Reads what waits in a channel without consuming it.
    mutating func peek(_ incarnation: UInt64) -> UsageReceiver.Batch {
        guard let batch = channels[incarnation]?.receiver.peek() else { return .nothing }
        if case .records = batch { channels[incarnation]?.isPeeked = true }
        return batch
    }

    /// Consumes what was peeked of all channels, after it is on disk.
    ///
    /// - Returns: channels that did not give back what they had shown.
    mutating func consume() -> [UInt64] {
        var broken: [UInt64] = []
        for incarnation in order where channels[incarnation]?.isPeeked == true {
            channels[incarnation]?.isPeeked = false
            if channels[incarnation]?.receiver.consume() == false { broken.append(incarnation) }
        }
        return broken
    }

    /// Forgets what was peeked: it will be peeked again.
    mutating func discard() {
        for incarnation in order { channels[incarnation]?.isPeeked = false }
    }

    /// Closes every channel.
    mutating func closeAll() {
        for incarnation in order { release(incarnation) }
    }
}
