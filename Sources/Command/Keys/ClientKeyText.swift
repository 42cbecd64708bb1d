import CLibcrypto
import CLinux

/// Keys for clients: their making and their hashes.
enum ClientKeyText {
    /// The beginning of every key, by which a leaked one is found.
    static let prefix = "dd0c_"
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    private static let randomBytes = 32

    /// A new key: the prefix and 256 random bits in base 32 (RFC 4648, small letters, no padding).
    ///
    /// - Throws: `CommandFailure` when the kernel gives no randomness.
    static func make() throws(CommandFailure) -> String {
        var bytes = [UInt8](repeating: 0, count: randomBytes)
        guard route_random(&bytes, bytes.count) == 0 else {
            throw CommandFailure(.system, "the kernel gives no random bytes")
        }
        return prefix + base32(bytes)
    }

    static func base32(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        var buffer = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | Int(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                digits.append(alphabet[buffer >> bits & 31])
            }
            buffer &= 1 << bits - 1
        }
        if bits > 0 { digits.append(alphabet[buffer << (5 - bits) & 31]) }
        return String(decoding: digits, as: UTF8.self)
    }

    /// SHA-256 in small hexadecimal digits, as the configuration holds it.
    static func sha256(_ key: some Collection<UInt8>) -> String {
        let bytes = Array(key)
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = SHA256(bytes, bytes.count, &digest)
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }
}
