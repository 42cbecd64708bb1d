import CLinux
import Glibc

/// A mapping of a worker's counters, for the worker that writes them and the accountant that reads them.
///
/// A class because a mapping has one owner and is unmapped once. The memory is shared with another
/// process by design. Sendable unchecked: the mapping is as long as the object lives, its address and size
/// never change, and every word in it is read and written whole by atomic operations. One thread writes.
public final class CounterFile: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    private let mappedSize: Int
    /// Number of slots.
    public let slots: UInt32
    /// Number of rows for providers; 0 in a file of an older build.
    public let rows: UInt32

    /// Why a descriptor is no counters file.
    public enum Failure: Error, Equatable, Sendable {
        /// A system call failed with this errno.
        case system(Int32)
        /// The file's size or first words are not those of counters.
        case notCounters
        /// The file could still shrink or grow under the mapping.
        case notSealed
    }

    /// Makes a new, sealed counters memfd. The caller owns the descriptor.
    ///
    /// - Throws: `Failure`.
    public static func create(
        slots: UInt32, rows: UInt32 = CounterLayout.rowsStandard
    ) throws(Failure) -> Int32 {
        guard slots > 0, slots <= CounterLayout.slotsMax, rows <= CounterLayout.rowsMax else {
            throw .notCounters
        }
        let fd = route_memfd("dd0c-route-counters")
        guard fd >= 0 else { throw .system(errno) }
        var header: [UInt64] = [CounterLayout.magic, UInt64(slots), UInt64(rows)]
        let written = pwrite(fd, &header, header.count * 8, 0)
        guard written == header.count * 8,
            ftruncate(fd, off_t(CounterLayout.size(slots: slots, rows: rows))) == 0,
            route_memfd_seal(fd, 0) == 0
        else {
            let reason = errno
            Glibc.close(fd)
            throw .system(reason)
        }
        return fd
    }

    /// Maps the counters behind a descriptor, which stays the caller's.
    ///
    /// - Throws: `Failure`.
    public init(descriptor: Int32, writable: Bool) throws(Failure) {
        // Sealed first: a size that was read before could have changed since.
        guard route_memfd_is_sealed(descriptor, 0) == 1 else { throw .notSealed }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw .system(errno) }
        let size = Int(information.st_size)
        guard size >= CounterLayout.size(slots: 1) else { throw .notCounters }
        let protection = writable ? PROT_READ | PROT_WRITE : PROT_READ
        guard let mapped = mmap(nil, size, protection, MAP_SHARED, descriptor, 0),
            mapped != MAP_FAILED
        else { throw .system(errno) }
        let words = mapped.assumingMemoryBound(to: UInt64.self)
        guard words[0] == CounterLayout.magic, let slots = UInt32(exactly: words[1]),
            slots > 0, slots <= CounterLayout.slotsMax, let rows = UInt32(exactly: words[2]),
            rows <= CounterLayout.rowsMax, CounterLayout.size(slots: slots, rows: rows) == size
        else {
            munmap(mapped, size)
            throw .notCounters
        }
        base = mapped
        mappedSize = size
        self.slots = slots
        self.rows = rows
    }

    deinit { munmap(base, mappedSize) }

    /// The words of a row; nil past the last one.
    func words(ofRow row: UInt32) -> UnsafeMutablePointer<UInt64>? {
        guard row < rows else { return nil }
        let index =
            CounterLayout.headerWords &+ Int(slots) &* CounterLayout.slotWords
            &+ Int(row) &* CounterLayout.rowWords
        return base.assumingMemoryBound(to: UInt64.self) + index
    }

    private func words(of slot: UInt32) -> UnsafeMutablePointer<UInt64>? {
        guard slot < slots else { return nil }
        let index = CounterLayout.headerWords &+ Int(slot) &* CounterLayout.slotWords
        return base.assumingMemoryBound(to: UInt64.self) + index
    }

    /// Takes the slot for a stream: all counts zero, then the stream's number. Ignored past the last slot.
    public func open(slot: UInt32, stream: UInt64) {
        guard let words = words(of: slot) else { return }
        route_store_release(words + CounterLayout.Word.stream, 0)
        for word in 1..<CounterLayout.slotWords { route_store_release(words + word, 0) }
        route_store_release(words + CounterLayout.Word.stream, stream)
    }

    /// Publishes where the stream stands, after the flush that it counts. Ignored past the last slot.
    public func update(slot: UInt32, _ counts: StreamCounts) {
        guard let words = words(of: slot) else { return }
        route_store_release(words + CounterLayout.Word.chunksFlushed, counts.chunksFlushed)
        route_store_release(words + CounterLayout.Word.bytesFlushed, counts.bytesFlushed)
        route_store_release(words + CounterLayout.Word.bytesAcknowledged, counts.bytesAcknowledged)
        route_store_release(
            words + CounterLayout.Word.completionProduced, counts.completionProduced)
        route_store_release(
            words + CounterLayout.Word.completionDelivered, counts.completionDelivered)
        route_store_release(words + CounterLayout.Word.firstByte, counts.firstByteNanoseconds)
        let flags =
            (counts.providerAccepted ? UInt64(1) : 0) | UInt64(counts.countSource.rawValue) << 8
            | UInt64(counts.completionScript?.rawValue ?? 0) << 16
        route_store_release(words + CounterLayout.Word.flags, flags)
    }

    /// Gives the slot back. Only after the stream's settled record is in the channel.
    public func close(slot: UInt32) {
        guard let words = words(of: slot) else { return }
        route_store_release(words + CounterLayout.Word.stream, 0)
    }

    /// What the slot says, if that stream holds it.
    public func read(slot: UInt32, stream: UInt64) -> StreamCounts? {
        guard stream != 0, let words = words(of: slot) else { return nil }
        guard route_load_acquire(words + CounterLayout.Word.stream) == stream else { return nil }
        var counts = StreamCounts()
        counts.chunksFlushed = route_load_acquire(words + CounterLayout.Word.chunksFlushed)
        counts.bytesFlushed = route_load_acquire(words + CounterLayout.Word.bytesFlushed)
        counts.bytesAcknowledged = route_load_acquire(words + CounterLayout.Word.bytesAcknowledged)
        counts.completionProduced = route_load_acquire(
            words + CounterLayout.Word.completionProduced)
        counts.completionDelivered = route_load_acquire(
            words + CounterLayout.Word.completionDelivered)
        counts.firstByteNanoseconds = route_load_acquire(words + CounterLayout.Word.firstByte)
        let flags = route_load_acquire(words + CounterLayout.Word.flags)
        counts.providerAccepted = flags & 1 == 1
        counts.countSource =
            CountSource(rawValue: UInt8(truncatingIfNeeded: flags >> 8)) ?? .estimated
        counts.completionScript = ScriptClass(rawValue: UInt8(truncatingIfNeeded: flags >> 16))
        // The slot may have gone to another stream while it was read.
        guard route_load_acquire(words + CounterLayout.Word.stream) == stream else { return nil }
        return counts
    }
}
