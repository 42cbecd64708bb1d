import IPC

/// The usage channels, here and in systemd's descriptor store.
extension Supervisor {
    /// Puts a new channel into the store, so that it outlives this process.
    mutating func store(_ incarnation: UInt64) {
        guard let channel = channels.channel(of: incarnation) else { return }
        service.store(StoredDescriptor(.receivingEnd, channel.identity).name, channel.receivingEnd)
        service.store(StoredDescriptor(.counters, channel.identity).name, channel.counters)
    }

    /// The accountant has settled the channel.
    mutating func release(_ incarnation: UInt64, by row: ChildRow) {
        guard let channel = channels.channel(of: incarnation), channels.release(incarnation) else {
            return say("\(row.title) released a channel that is not at its end; it stays open")
        }
        service.unstore(StoredDescriptor(.receivingEnd, channel.identity).name)
        service.unstore(StoredDescriptor(.counters, channel.identity).name)
    }
}
