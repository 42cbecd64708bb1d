import Glibc

/// What the loop waits for, in the order in which it is handled.
struct PollSet {
    /// Whose descriptor it is.
    enum Source: Equatable, Sendable {
        case childErrors(UInt64)
        case childControl(UInt64)
        case childExit(UInt64)
        case sealerErrors(pid_t)
        case sealerControl(pid_t)
        case sealerExit(pid_t)
        case symbolizerErrors(pid_t)
        case symbolizerExit(pid_t)
        case signals
        case ownErrors
    }

    /// A descriptor that is ready.
    struct Ready: Equatable, Sendable {
        var source: Source
        var isWritable: Bool
        /// There is something to read, or an end to learn of.
        var isReadable: Bool
    }

    private var entries: [pollfd] = []
    private var sources: [Source] = []

    /// Adds a descriptor.
    mutating func add(
        _ source: Source, _ descriptor: Int32, reading: Bool = true, writing: Bool = false
    ) {
        let events = (reading ? POLLIN : 0) | (writing ? POLLOUT : 0)
        entries.append(
            pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0))
        sources.append(source)
    }

    /// Waits until a descriptor is ready, or so many milliseconds.
    mutating func wait(milliseconds: UInt64) -> [Ready] {
        let count = nfds_t(entries.count)
        // Signals come through their descriptor, so poll(2) needs no mask.
        guard poll(&entries, count, Int32(clamping: milliseconds)) > 0 else { return [] }
        return zip(entries, sources).compactMap { entry, source in
            let events = Int32(entry.revents)
            guard events != 0 else { return nil }
            return Ready(
                source: source, isWritable: events & POLLOUT != 0,
                isReadable: events & (POLLIN | POLLHUP | POLLERR | POLLNVAL) != 0)
        }
    }
}
