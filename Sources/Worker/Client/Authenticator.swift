import CLibcrypto
import Configuration

/// Knows the clients that may call, by the SHA-256 of their keys.
struct Authenticator: Sendable {
    private let keys: [ClientKey]

    init(keys: [ClientKey]) { self.keys = keys }

    /// The name of the client whose key has that digest. Every configured key is compared, byte by byte,
    /// so the time tells nothing about which one came near.
    func name(of digest: [UInt8]) -> String? {
        var found: Int?
        for (index, key) in keys.enumerated() {
            var difference: UInt8 = key.sha256.count == digest.count ? 0 : 1
            for (mine, theirs) in zip(key.sha256, digest) { difference |= mine ^ theirs }
            if difference == 0 { found = index }
        }
        return found.map { keys[$0].name }
    }

    /// SHA-256.
    static func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { out, count in
            SHA256(
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count,
                out.baseAddress)
            count = Int(SHA256_DIGEST_LENGTH)
        }
    }
}
