import CSecureHeap
import Foundation
import Glibc
import Secrets
import Testing

@Suite("The secrets' heap")
struct SecureHeapTests {
    private let text = "test-key-0123456789abcdefghijklmnopqrstuvwxyz"

    /// The flags of the mapping that the secret lies in (proc(5), VmFlags).
    private func flags(of secret: Secret) throws -> Set<String> {
        let address = secret.withBytes { $0.baseAddress.map { UInt(bitPattern: $0) } ?? 0 }
        // Not `String(contentsOfFile:)`: it takes the first read of such a file for all of it.
        let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
        let smaps = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        var isWithin = false
        for line in smaps.split(separator: "\n") {
            if let range = line.firstMatch(of: #/^([0-9a-f]+)-([0-9a-f]+) /#) {
                let start = try #require(UInt(range.1, radix: 16))
                let end = try #require(UInt(range.2, radix: 16))
                isWithin = (start..<end).contains(address)
            } else if isWithin, line.hasPrefix("VmFlags:") {
                return Set(line.dropFirst("VmFlags:".count).split(separator: " ").map(String.init))
            }
        }
        return withExtendedLifetime(secret) { [] }
    }

    @Test("is excluded from core dumps, and locked where the start says so")
    func protection() throws {
        let protection = SecureHeap.start()
        let flags = try flags(of: Secret(copying: text.utf8))
        #expect(flags.contains("dd"))
        #expect(flags.contains("lo") == (protection == .locked))
    }

    @Test("holds a secret that is larger than itself in pages of its own, as well protected")
    func large() throws {
        let large = Secret(copying: [UInt8](repeating: 7, count: 2 * 1024 * 1024))
        #expect(try flags(of: large).contains("dd"))
        #expect(large.withBytes { $0.allSatisfy { $0 == 7 } })
    }

    @Test("forgets what is released")
    func release() {
        let bytes = Array(text.utf8)
        guard let memory = route_secure_allocate(bytes.count) else {
            Issue.record("no memory")
            return
        }
        memory.copyMemory(from: bytes, byteCount: bytes.count)
        // Another secret keeps the heap's page in use.
        let other = Secret(copying: text.utf8)
        route_secure_release(memory)
        // Released, yet mapped: whatever is there now, it is not what was.
        #expect(memcmp(memory, bytes, bytes.count) != 0)
        #expect(other.count == bytes.count)
    }

    @Test("is wiped at once by a process that ends")
    func wiping() {
        let secrets = (0..<50).map { Secret(copying: "\(text)-\($0)".utf8) }
        // In a child, since every secret of the process goes. It only calls what a signal handler may.
        let child = fork()
        if child == 0 {
            SecureHeap.wipeAll()
            var left: UInt8 = 0
            for secret in secrets { secret.withBytes { for byte in $0 { left |= byte } } }
            _exit(left == 0 ? 0 : 1)
        }
        var status: Int32 = -1
        #expect(waitpid(child, &status, 0) == child)
        #expect(status == 0)
        #expect(secrets.allSatisfy { $0.withBytes { $0.first } == UInt8(ascii: "t") })
    }

    @Test("takes and gives back from many threads at once")
    func threads() async {
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    (0..<2_000).allSatisfy { index in
                        let text = "\(task)/\(index)"
                        let secret = Secret(copying: text.utf8)
                        return secret.withBytes { $0.elementsEqual(text.utf8) }
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
