/// The memfd that holds a worker's counters: one header, then one fixed slot per open stream.
///
/// All words are 64 bits in the machine's own byte order: the memory never leaves the machine. One
/// process writes (the worker), others only read. Each word is written whole, after the flush that it
/// counts: a reader can see one word without the next, never a count of something that was not written
/// to the client's socket. While a stream holds the slot, events and bytes only grow; tokens can also
/// become fewer by a few, where what came joins with what was there.
public enum CounterLayout {
    /// "dd0cctr1" in the first word.
    static let magic: UInt64 = 0x3172_7463_6330_6464
    /// Words of the header: magic, number of slots, six reserved.
    static let headerWords = 8
    /// Words of one slot: one cache line, so that two streams never share one.
    static let slotWords = 8
    /// The greatest number of slots: 64 MiB of counters.
    public static let slotsMax: UInt32 = 1 << 20

    /// Bytes that so many slots take.
    public static func size(slots: UInt32) -> Int {
        (headerWords + Int(slots) * slotWords) * MemoryLayout<UInt64>.size
    }

    /// The words of a slot.
    enum Word {
        /// Number of the stream that holds the slot; 0: free. Written last on opening, first on closing.
        static let stream = 0
        static let chunksFlushed = 1
        static let bytesFlushed = 2
        static let bytesAcknowledged = 3
        static let completionProduced = 4
        static let completionDelivered = 5
        /// Nanoseconds to the first byte; 0: none yet.
        static let firstByte = 6
        /// Bit 0: the provider accepted. Bits 8 to 15: `CountSource`. Bits 16 to 23: `ScriptClass`, 0 for none.
        static let flags = 7
    }
}
