/// The symbols and the build id of a 64-bit little-endian ELF file, see elf(5).
///
/// Total: every offset and size in the file is checked before it is used, so that any bytes give an
/// answer or nothing.
struct ElfFile {
    /// One row of the table of sections.
    private struct Section {
        var type: UInt32
        var offset: UInt64
        var size: UInt64
        var link: UInt32
    }

    /// A function of the file.
    struct Symbol: Equatable {
        /// As the linker knows it.
        var name: String
        /// Where it begins, as an address in the file.
        var address: UInt64
    }

    private static let sectionSize = 64
    private static let symbolSize = 24
    /// The longest name that is read, bytes.
    static let nameMax = 4096

    private let bytes: UnsafeRawBufferPointer
    private let sections: [Section]

    /// Reads the table of sections; nil when the file is of another kind, or cut.
    ///
    /// - Parameter bytes: must outlive this value.
    init?(_ bytes: UnsafeRawBufferPointer) {
        // Class 2 is 64 bits, data 1 is little-endian.
        guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else { return nil }
        self.bytes = bytes
        guard let offset: UInt64 = Self.integer(bytes, at: 0x28),
            let size: UInt16 = Self.integer(bytes, at: 0x3A), Int(size) == Self.sectionSize,
            let count: UInt16 = Self.integer(bytes, at: 0x3C),
            let table = Self.slice(
                bytes, offset: offset, size: UInt64(count) &* UInt64(Self.sectionSize))
        else { return nil }
        sections = (0..<Int(count)).compactMap { index in
            let start = index &* Self.sectionSize
            guard let type: UInt32 = Self.integer(table, at: start &+ 4),
                let offset: UInt64 = Self.integer(table, at: start &+ 0x18),
                let size: UInt64 = Self.integer(table, at: start &+ 0x20),
                let link: UInt32 = Self.integer(table, at: start &+ 0x28)
            else { return nil }
            return Section(type: type, offset: offset, size: size, link: link)
        }
    }

    /// The GNU build id; nil when there is none.
    var buildID: [UInt8]? {
        for section in sections where section.type == 7 {
            guard let notes = Self.slice(bytes, offset: section.offset, size: section.size)
            else { continue }
            if let found = Self.buildID(in: notes) { return found }
        }
        return nil
    }

    private static func buildID(in notes: UnsafeRawBufferPointer) -> [UInt8]? {
        var at = 0
        while let nameSize: UInt32 = integer(notes, at: at),
            let contentSize: UInt32 = integer(notes, at: at &+ 4),
            let type: UInt32 = integer(notes, at: at &+ 8)
        {
            let name = at &+ 12
            let content = name &+ padded(nameSize)
            let end = content &+ padded(contentSize)
            guard end <= notes.count else { return nil }
            if type == 3, nameSize == 4, notes[name..<(name &+ 4)].elementsEqual("GNU\0".utf8) {
                return Array(notes[content..<(content &+ Int(contentSize))])
            }
            at = end
        }
        return nil
    }

    /// Notes are padded to words of 32 bits.
    private static func padded(_ size: UInt32) -> Int { (Int(size) &+ 3) & ~3 }

    /// The functions that hold the addresses, in the same order; nil where none does.
    ///
    /// The full table of symbols is asked first, and where it is stripped, the dynamic one.
    func symbols(at addresses: [UInt64]) -> [Symbol?] {
        let sorted = addresses.enumerated().sorted { $0.element < $1.element }
        var found: [Symbol?] = Array(repeating: nil, count: addresses.count)
        for type: UInt32 in [2, 11] {
            for section in sections where section.type == type {
                search(section, for: sorted, into: &found)
            }
            if found.contains(where: { $0 != nil }) { break }
        }
        return found
    }

    private func search(
        _ section: Section, for sorted: [(offset: Int, element: UInt64)],
        into found: inout [Symbol?]
    ) {
        guard let table = Self.slice(bytes, offset: section.offset, size: section.size),
            sections.indices.contains(Int(section.link))
        else { return }
        let strings = sections[Int(section.link)]
        guard let names = Self.slice(bytes, offset: strings.offset, size: strings.size)
        else { return }
        for index in 0..<(table.count / Self.symbolSize) {
            let start = index &* Self.symbolSize
            guard let kind: UInt8 = Self.integer(table, at: start &+ 4),
                let defined: UInt16 = Self.integer(table, at: start &+ 6),
                let address: UInt64 = Self.integer(table, at: start &+ 8),
                let size: UInt64 = Self.integer(table, at: start &+ 16),
                let name: UInt32 = Self.integer(table, at: start)
            else { return }
            // Functions (2), and those that are chosen when the file is loaded (10).
            guard defined != 0, kind & 0xF == 2 || kind & 0xF == 10 else { continue }
            var at = Self.firstIndex(in: sorted, notBelow: address)
            // Assembly often says no size: such a function holds what comes before the next one.
            while at < sorted.count, size == 0 || sorted[at].element &- address < size {
                let place = sorted[at].offset
                if found[place].map({ $0.address < address }) ?? true,
                    let text = Self.text(names, at: name)
                {
                    found[place] = Symbol(name: text, address: address)
                }
                at &+= 1
            }
        }
    }

    private static func firstIndex(
        in sorted: [(offset: Int, element: UInt64)], notBelow address: UInt64
    ) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low &+ high) / 2
            if sorted[middle].element < address { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    private static func text(_ names: UnsafeRawBufferPointer, at offset: UInt32) -> String? {
        guard Int(offset) < names.count else { return nil }
        let bytes = names[Int(offset)...].prefix(nameMax).prefix { $0 != 0 }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    private static func integer<T: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) -> T? {
        guard offset >= 0, offset <= bytes.count, bytes.count &- offset >= MemoryLayout<T>.size
        else { return nil }
        return T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    private static func slice(
        _ bytes: UnsafeRawBufferPointer, offset: UInt64, size: UInt64
    ) -> UnsafeRawBufferPointer? {
        let count = UInt64(bytes.count)
        guard offset <= count, size <= count &- offset else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[Int(offset)..<Int(offset &+ size)])
    }
}
