/// The memfd that holds a worker's counters: one header, then one fixed slot per open stream, then one
/// row per provider with its connections.
///
/// All words are 64 bits in the machine's own byte order: the memory never leaves the machine. One
/// process writes (the worker), others only read. Each word is written whole, after the flush that it
/// counts: a reader can see one word without the next, never a count of something that was not written
/// to the client's socket. While a stream holds the slot, events and bytes only grow; tokens can also
/// become fewer by a few, where what came joins with what was there.
public enum CounterLayout {
    /// "dd0cctr1" in the first word.
    static let magic: UInt64 = 0x3172_7463_6330_6464
    /// Words of the header: magic, number of slots, number of rows, five reserved.
    static let headerWords = 8
    /// Words of one slot: one cache line, so that two streams never share one.
    static let slotWords = 8
    /// The greatest number of slots: 64 MiB of counters.
    public static let slotsMax: UInt32 = 1 << 20

    /// Words of one row: two cache lines.
    static let rowWords = 16
    /// Rows of a new file. An older build's file has none.
    public static let rowsStandard: UInt32 = 64
    /// The greatest number of rows.
    static let rowsMax: UInt32 = 4096

    /// Bytes that so many slots and rows take.
    public static func size(slots: UInt32, rows: UInt32 = 0) -> Int {
        (headerWords + Int(slots) * slotWords + Int(rows) * rowWords) * MemoryLayout<UInt64>.size
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

    /// The words of a row.
    enum RowWord {
        /// `ProviderGauge.word`.
        static let gauge = 0
        /// Bytes of the name; 0: the row is not used. Written last, once.
        static let nameLength = 1
        /// The name, UTF-8, eight bytes a word.
        static let name = 2
        /// `ProviderGauge.waitingWord`. An older build leaves it 0: no provider's name reaches so far.
        static let waiting = rowWords - 1
    }

    /// Bytes of a name that a row has room for.
    static let nameMax = (RowWord.waiting - RowWord.name) * 8
}
