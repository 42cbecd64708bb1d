import Synchronization

/// A set of 64-bit hashes of a fixed size: open addressing, nothing is ever moved or taken out singly.
///
/// One thread at a time adds; any number look things up meanwhile, without locks.
final class HashTable: @unchecked Sendable {
    // Safe to share: all memory that changes is atomic, and the pointers never change.
    private let slots: UnsafeMutablePointer<Atomic<UInt64>>
    private let filters: UnsafeMutablePointer<Atomic<UInt64>>
    private let bitmap: UnsafeMutablePointer<Atomic<UInt64>>
    private let mask: UInt64
    private let bitMask: UInt64
    private let limit: Int
    private let count = Atomic(0)
    private let short = Atomic(false)

    /// - Parameter capacity: how many hashes there is room for.
    init(capacity: Int) {
        var size: UInt64 = 64
        while size &* 3 / 4 < UInt64(max(capacity, 1)) { size &*= 2 }
        let slots = Int(size)
        mask = size &- 1
        bitMask = size &* 8 &- 1
        limit = slots / 4 * 3
        self.slots = Self.zeros(slots)
        filters = Self.zeros(slots)
        bitmap = Self.zeros(slots / 8)
    }

    deinit {
        // Atomic integers have nothing to release.
        slots.deallocate()
        filters.deallocate()
        bitmap.deallocate()
    }

    private static func zeros(_ count: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        let memory = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: count)
        for index in 0..<count { (memory + index).initialize(to: Atomic(0)) }
        return memory
    }

    var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }
    /// How many more hashes there is room for.
    var room: Int { limit &- count.load(ordering: .relaxed) }
    /// Whether there is the hash of something shorter than a window.
    var hasShort: Bool { short.load(ordering: .relaxed) }

    /// Adds a hash, if there is room.
    func insert(_ hash: WindowHash) {
        guard room > 0, hash.value != 0 else { return }
        var index = hash.value & mask
        for _ in 0...mask {
            let slot = slots[Int(index)].load(ordering: .relaxed)
            if slot == hash.value { return }
            if slot == 0 {
                if hash.filter == 0 {
                    short.store(true, ordering: .relaxed)
                } else {
                    let bit = hash.filter & bitMask
                    bitmap[Int(bit >> 6)].bitwiseOr(1 << (bit & 63), ordering: .relaxed)
                }
                filters[Int(index)].store(hash.filter, ordering: .relaxed)
                slots[Int(index)].store(hash.value, ordering: .releasing)
                count.wrappingAdd(1, ordering: .releasing)
                return
            }
            index = (index &+ 1) & mask
        }
    }

    func contains(_ value: UInt64) -> Bool {
        var index = value & mask
        for _ in 0...mask {
            let slot = slots[Int(index)].load(ordering: .acquiring)
            if slot == value { return true }
            if slot == 0 { return false }
            index = (index &+ 1) & mask
        }
        return false
    }

    @inline(__always)
    func mayContain(_ filter: UInt64) -> Bool {
        let bit = filter & bitMask
        return bitmap[Int(bit >> 6)].load(ordering: .relaxed) >> (bit & 63) & 1 == 1
    }

    func removeAll() {
        count.store(0, ordering: .relaxed)
        short.store(false, ordering: .relaxed)
        for index in 0...Int(mask) {
            slots[index].store(0, ordering: .relaxed)
            filters[index].store(0, ordering: .relaxed)
        }
        for index in 0...Int(mask / 8) { bitmap[index].store(0, ordering: .relaxed) }
    }

    func forEach(_ body: (WindowHash) -> Void) {
        for index in 0...Int(mask) {
            let value = slots[index].load(ordering: .acquiring)
            guard value != 0 else { continue }
            body(WindowHash(value: value, filter: filters[index].load(ordering: .relaxed)))
        }
    }
}
