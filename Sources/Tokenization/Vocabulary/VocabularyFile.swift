import Glibc

/// A vocabulary file, mapped: nothing is read or copied, and all processes that map it share its pages.
///
/// The file must not be changed in place while it is mapped; an installation replaces it by renaming.
///
/// `@unchecked Sendable`: the mapping is read-only and lives as long as this object.
final class VocabularyFile: @unchecked Sendable {
    private static let headerSize = 256
    private static let magic: UInt64 = 0x006B_6F74_6330_6464  // "dd0ctok\0"
    private static let version: UInt32 = 1
    private static let sectionCount = 9

    let tables: VocabularyTables
    let normalization: NormalizationTables
    /// Ids lie in this range; not each has to be a token.
    let ids: Range<UInt32>
    let tokenCount: Int
    /// The bytes that single-byte tokens stand for.
    let singleBytes: [UInt32: UInt8]
    private let mapping: UnsafeRawBufferPointer

    /// Maps the file and checks its header; the contents are left to the build's SHA-256.
    ///
    /// - Throws: `VocabularyError`.
    init(path: String, code: UInt32) throws(VocabularyError) {
        let mapping = try Self.map(path)
        guard let header = Header(mapping, code: code) else {
            munmap(UnsafeMutableRawPointer(mutating: mapping.baseAddress), mapping.count)
            throw .damaged(file: path)
        }
        self.mapping = mapping
        ids = header.ids
        tokenCount = header.tokenCount
        tables = header.tables
        normalization = header.normalization
        var singleBytes: [UInt32: UInt8] = [:]
        for byte in UInt8.min...UInt8.max {
            guard let unit = tables.child(of: tables.rootBase, byte) else { continue }
            singleBytes[VocabularyTables.token(unit)] = byte
        }
        self.singleBytes = singleBytes
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: mapping.baseAddress), mapping.count) }

    private static func map(_ path: String) throws(VocabularyError) -> UnsafeRawBufferPointer {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw errno == ENOENT || errno == ENOTDIR
                ? .notFound(file: path) : .unreadable(file: path, code: errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .unreadable(file: path, code: errno)
        }
        guard status.st_size >= headerSize else { throw .damaged(file: path) }
        let size = Int(status.st_size)
        guard let start = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0),
            start != MAP_FAILED
        else { throw .unreadable(file: path, code: errno) }
        return UnsafeRawBufferPointer(start: start, count: size)
    }

    /// The header's fields, each checked against the size of the file.
    private struct Header {
        let ids: Range<UInt32>
        let tokenCount: Int
        let tables: VocabularyTables
        let normalization: NormalizationTables

        init?(_ file: UnsafeRawBufferPointer, code: UInt32) {
            func word(_ offset: Int) -> UInt32 {
                file.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            }
            func long(_ offset: Int) -> UInt64 {
                file.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            }
            var sum: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in file[..<(headerSize - 8)] { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
            guard long(0) == magic, word(8) == version, word(12) == code,
                long(16) == UInt64(file.count), long(headerSize - 8) == sum,
                word(48) == sectionCount, word(24) <= word(28), (1...30).contains(word(40)),
                word(36) <= 1024
            else { return nil }
            var sections: [UnsafeRawBufferPointer] = []
            for index in 0..<sectionCount {
                let offset = long(56 + index * 16)
                let size = long(64 + index * 16)
                guard offset <= UInt64(file.count), size <= UInt64(file.count) - offset,
                    offset % 64 == 0
                else { return nil }
                sections.append(
                    UnsafeRawBufferPointer(rebasing: file[Int(offset)...].prefix(Int(size))))
            }
            let root = Int(word(44)) * 6
            guard sections[0].count == Int(word(28)) * 8, sections[1].count == 4 << word(40),
                sections[2].count >= root + 8, sections[3].count == 0x110000 / 128 * 2,
                let records = sections[0].baseAddress, let slots = sections[1].baseAddress,
                let units = sections[2].baseAddress, let index = sections[3].baseAddress,
                let blocks = sections[4].baseAddress
            else { return nil }
            ids = word(24)..<word(28)
            tokenCount = Int(word(32))
            tables = VocabularyTables(
                units: units, records: records.assumingMemoryBound(to: UInt64.self),
                slots: slots.assumingMemoryBound(to: UInt32.self),
                slotShift: 64 - UInt64(word(40)), slotMask: 1 << Int(word(40)) - 1,
                classIndex: index.assumingMemoryBound(to: UInt16.self),
                classBlocks: blocks.assumingMemoryBound(to: UInt8.self),
                rootBase: VocabularyTables.base(
                    units.loadUnaligned(fromByteOffset: root, as: UInt64.self)),
                longest: Int(word(36)))
            normalization = NormalizationTables(
                decompositions: sections[5].bindMemory(to: UInt64.self),
                parts: sections[6].bindMemory(to: UInt32.self),
                classes: sections[7].bindMemory(to: UInt32.self),
                pairs: sections[8].bindMemory(to: UInt64.self))
        }
    }
}
