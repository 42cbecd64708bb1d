import CLinux
import Glibc
import IPC

/// The usage channels that this process holds so that no report is lost with who sent or read it.
///
/// A channel is opened with a worker and closed when the accountant has said that all of it is
/// settled: until then the receiving end and the counters stay here, and the sending end as long as the
/// worker lives, so that the accountant does not read end of file too early.
struct UsageChannels {
    /// One worker's channel.
    struct Channel: Equatable, Sendable {
        let identity: WorkerIdentity
        /// nil: the worker is gone, or another process's child, and our copy is closed.
        var sendingEnd: Int32?
        let receivingEnd: Int32
        let counters: Int32
    }

    /// Why a channel could not be made.
    struct Failure: Error, Equatable {
        /// errno.
        var reason: Int32
    }

    /// Send buffer that is asked for, bytes: room for reports while the accountant is away.
    static let sendBufferSize: Int32 = 4 * 1024 * 1024

    /// Oldest first.
    private(set) var channels: [Channel] = []

    init() {}

    /// Takes over the channels of the image before, oldest first.
    init(channels: [Channel]) { self.channels = channels }

    /// Makes a channel and keeps it.
    ///
    /// - Throws: `Failure`, and nothing is left open.
    mutating func open(_ identity: WorkerIdentity, slots: UInt32) throws(Failure) -> Channel {
        var ends: [Int32] = [-1, -1]
        guard route_socketpair(0, &ends) == 0, let sending = ends.first, let receiving = ends.last
        else { throw Failure(reason: errno) }
        // What the kernel grants below the wish is no failure: the worker conflates its reports.
        _ = route_grow_send_buffer(sending, Self.sendBufferSize)
        do throws(CounterFile.Failure) {
            let channel = Channel(
                identity: identity, sendingEnd: sending, receivingEnd: receiving,
                counters: try CounterFile.create(slots: slots))
            channels.append(channel)
            return channel
        } catch {
            close(sending)
            close(receiving)
            guard case .system(let reason) = error else { throw Failure(reason: EINVAL) }
            throw Failure(reason: reason)
        }
    }

    /// The channel of an incarnation.
    func channel(of incarnation: UInt64) -> Channel? {
        channels.first { $0.identity.incarnation == incarnation }
    }

    /// The descriptor that has this name in the store.
    func descriptor(named name: String) -> Int32? {
        guard let stored = StoredDescriptor(name: name),
            let channel = channel(of: stored.worker.incarnation)
        else { return nil }
        switch stored.part {
        case .receivingEnd: return channel.receivingEnd
        case .counters: return channel.counters
        }
    }

    /// Takes over the channels of a supervisor that is no more, as the descriptor store kept them.
    ///
    /// They have no sending end here: whoever still holds one is a worker that drains.
    ///
    /// - Returns: names to be removed from the store.
    mutating func restore(_ listing: [(name: String, descriptor: Int32)]) -> [String] {
        var found: [WorkerIdentity: [StoredDescriptor.Part: Int32]] = [:]
        var useless: [String] = []
        for (name, descriptor) in listing {
            guard let stored = StoredDescriptor(name: name) else { continue }
            if found[stored.worker]?[stored.part] != nil {
                close(descriptor)
                useless.append(name)
            } else {
                found[stored.worker, default: [:]][stored.part] = descriptor
            }
        }
        for (worker, parts) in found {
            if let receivingEnd = parts[.receivingEnd], let counters = parts[.counters] {
                channels.append(
                    Channel(
                        identity: worker, sendingEnd: nil, receivingEnd: receivingEnd,
                        counters: counters))
            } else {
                for (part, descriptor) in parts {
                    close(descriptor)
                    useless.append(StoredDescriptor(part, worker).name)
                }
            }
        }
        return useless
    }

    /// The worker was reaped: from now on the accountant can read the channel's end.
    mutating func workerEnded(_ incarnation: UInt64) {
        for index in channels.indices where channels[index].identity.incarnation == incarnation {
            if let sending = channels[index].sendingEnd { close(sending) }
            channels[index].sendingEnd = nil
        }
    }

    /// The accountant has settled the channel. False when its worker still lives, or it is not known.
    mutating func release(_ incarnation: UInt64) -> Bool {
        guard let channel = channel(of: incarnation), channel.sendingEnd == nil else {
            return false
        }
        discard(incarnation)
        return true
    }

    /// Closes a channel that no worker ever held.
    mutating func discard(_ incarnation: UInt64) {
        guard let channel = channel(of: incarnation) else { return }
        if let sending = channel.sendingEnd { close(sending) }
        close(channel.receivingEnd)
        close(channel.counters)
        channels.removeAll { $0.identity.incarnation == incarnation }
    }
}
