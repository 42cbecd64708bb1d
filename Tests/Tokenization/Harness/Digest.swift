import CLibcrypto
import Foundation

/// SHA-256, in hexadecimal digits.
func sha256(_ data: Data) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    let isMade = data.withUnsafeBytes { bytes in
        SHA256(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &digest) != nil
    }
    return isMade ? digest.map { String(format: "%02x", $0) }.joined() : ""
}
