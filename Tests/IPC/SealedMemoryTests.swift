import CLinux
import Glibc
import Testing

@testable import IPC

@Suite("Sealed memory")
struct SealedMemoryTests {
    private func seal(_ bytes: [UInt8]) throws -> Int32 {
        try bytes.withUnsafeBytes { try SealedMemory.create(name: "dd0c-route-test", $0) }
    }

    @Test("content comes back, also none", arguments: [0, 1, 100_000])
    func content(_ count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let fd = try seal(bytes)
        defer { close(fd) }
        #expect(try SealedMemory.withContent(of: fd) { Array($0) } == bytes)
        #expect(fcntl(fd, F_GETFD) == FD_CLOEXEC)
    }

    @Test("nobody can change it any more")
    func immutable() throws {
        let fd = try seal([1, 2, 3])
        defer { close(fd) }
        #expect(pwrite(fd, [9], 1, 0) == -1)
        #expect(ftruncate(fd, 0) == -1)
        #expect(ftruncate(fd, 100) == -1)
        #expect(mmap(nil, 3, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED)
        #expect(try SealedMemory.withContent(of: fd) { Array($0) } == [1, 2, 3])
    }

    @Test("what could still change is refused")
    func unsealed() throws {
        let fd = route_memfd("dd0c-route-test")
        defer { close(fd) }
        #expect(pwrite(fd, [1], 1, 0) == 1)
        #expect(throws: SealedMemory.Failure.notSealed) {
            try SealedMemory.withContent(of: fd) { _ in }
        }
        // Held in size, but not in content.
        #expect(route_memfd_seal(fd, 0) == 0)
        #expect(throws: SealedMemory.Failure.notSealed) {
            try SealedMemory.withContent(of: fd) { _ in }
        }
        #expect(throws: SealedMemory.Failure.notSealed) {
            try SealedMemory.withContent(of: -1) { _ in }
        }
    }

    @Test("too much is refused")
    func tooLarge() throws {
        #expect(throws: SealedMemory.Failure.tooLarge) {
            try seal(Array(repeating: 0, count: SealedMemory.sizeMax + 1))
        }
    }
}
