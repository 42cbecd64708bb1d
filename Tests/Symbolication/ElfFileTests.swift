import Glibc
import IPC
import Testing

@testable import Symbolication

@Suite("An ELF file is read without trust in it")
struct ElfFileTests {
    /// The test's own executable, or a library that it uses: files as a linker makes them.
    private func withFile<Result>(
        _ path: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        let file = open(path, O_RDONLY)
        try #require(file >= 0)
        defer { close(file) }
        let size = Int(lseek(file, 0, SEEK_END))
        let start = try #require(mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0))
        try #require(start != MAP_FAILED)
        defer { munmap(start, size) }
        return try body(UnsafeRawBufferPointer(start: start, count: size))
    }

    /// The file that a function of this process comes from, and its address there, by proc(5)'s `maps`.
    private func library(of function: UnsafeRawPointer) throws -> (path: String, address: UInt64) {
        let address = UInt64(UInt(bitPattern: function))
        let maps = try #require(fopen("/proc/self/maps", "r"))
        defer { fclose(maps) }
        var line: [CChar] = Array(repeating: 0, count: 8192)
        var bases: [String: UInt64] = [:]
        while fgets(&line, Int32(line.count), maps) != nil {
            let text = String(
                decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) },
                as: UTF8.self)
            let words = text.split(separator: " ")
            let range = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard words.count == 6, range.count == 2 else { continue }
            let path = String(words[5])
            let base = bases[path] ?? range[0]
            bases[path] = base
            if range[0] <= address, address < range[1] { return (path, address - base) }
        }
        throw POSIXFailure(reason: ENOENT)
    }

    private struct POSIXFailure: Error { var reason: Int32 }

    @Test func namesAFunctionOfALibraryThatHasOnlyItsDynamicSymbols() throws {
        let function = try #require(dlsym(nil, "qsort_r"))
        let place = try library(of: UnsafeRawPointer(function))
        try withFile(place.path) { bytes in
            let elf = try #require(ElfFile(bytes))
            #expect(elf.buildID?.count == 20)
            let found = elf.symbols(at: [place.address, place.address + 3, 0, .max])
            #expect(found[0]?.name == "qsort_r" && found[0]?.address == place.address)
            #expect(found[1] == found[0])
            #expect(found[2] == nil)
        }
    }

    @Test func namesAreReadableAndBelongToTheBuildThatRan() throws {
        let function = try #require(dlsym(nil, "$sSS5countSivg"), "String.count of the library")
        let place = try library(of: UnsafeRawPointer(function))
        let buildID = try withFile(place.path) { ElfFile($0)?.buildID ?? [] }
        let address = place.address + 1
        #expect(
            ImageSymbols.names(path: place.path, buildID: buildID, addresses: [address])
                == (buildID.isEmpty ? [nil] : ["Swift.String.count.getter : Swift.Int + 1"]))
        let other = buildID.map { $0 ^ 1 }
        #expect(
            ImageSymbols.names(path: place.path, buildID: other, addresses: [address]) == [nil])
    }

    @Test func demanglesSwiftOnlyAndCutsWhatIsLong() {
        #expect(Demangling.readable("$sSS5countSivg") == "Swift.String.count.getter : Swift.Int")
        #expect(Demangling.readable("epoll_wait") == "epoll_wait")
        #expect(Demangling.readable("$s") == "$s")
        #expect(Demangling.readable(String(repeating: "n", count: 5_000)).count == 240)
    }

    @Test func missingAndOddFilesGiveNothing() {
        for path in ["/nonexistent", "/dev/zero", "/proc/self/maps", "/", ""] {
            #expect(ImageSymbols.names(path: path, buildID: [1], addresses: [1]) == [nil])
        }
    }

    @Test func anyDamageGivesAnAnswerOrNothing() throws {
        let function = try #require(dlsym(nil, "dlsym"))
        let path = try library(of: UnsafeRawPointer(function)).path
        let whole = try withFile(path) { Array($0.prefix(2 << 20)) }
        var random = SystemRandomNumberGenerator()
        var header = whole
        for round in 0..<600 {
            var bytes = header
            // Damage where the structure is: the file's header, or anywhere.
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let end = round % 2 == 0 ? 64 : bytes.count
                bytes[Int.random(in: 4..<end, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            if round == 300 { header = Array(whole.prefix(4_096)) }
            bytes.withUnsafeBytes { bytes in
                let elf = ElfFile(bytes)
                _ = elf?.buildID
                #expect(elf?.symbols(at: [0, 1 << 12, 1 << 20, .max]).count ?? 4 == 4)
            }
        }
    }

    @Test func randomSectionsAreRead() {
        var random = SystemRandomNumberGenerator()
        var reached = 0
        for _ in 0..<1_000 {
            // A header whose table of sections is in the file, and sections of every kind over all of it.
            var bytes: [UInt8] = (0..<512).map { _ in .random(in: 0...255, using: &random) }
            bytes.replaceSubrange(0..<6, with: [0x7F, 0x45, 0x4C, 0x46, 2, 1])
            bytes.replaceSubrange(0x28..<0x30, with: [64, 0, 0, 0, 0, 0, 0, 0])
            bytes.replaceSubrange(0x3A..<0x3E, with: [64, 0, 3, 0])
            for section in 0..<3 {
                let start = 64 + section * 64
                bytes[start + 4] = [2, 7, 11, 3][Int.random(in: 0..<4, using: &random)]
                for zero in [5, 6, 7, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F] {
                    bytes[start + zero] = 0
                }
                for zero in 0x21...0x27 { bytes[start + zero] = 0 }
                for zero in 0x29...0x2B { bytes[start + zero] = 0 }
                bytes[start + 0x28] = .random(in: 0..<4, using: &random)
            }
            bytes.withUnsafeBytes { bytes in
                guard let elf = ElfFile(bytes) else { return }
                _ = elf.buildID
                if elf.symbols(at: [0, 5, .max]).contains(where: { $0 != nil }) { reached += 1 }
            }
        }
        #expect(reached > 0, "the test would find nothing if it never came to the symbols")
    }
}
