import CLibcrypto

/// A SHA-256 hash (FIPS 180-4).
public struct Digest: Hashable, Sendable {
    /// Bytes of a hash.
    public static let size = 32
    /// What stands for the hash before the first block.
    public static let zero = Digest(unchecked: [UInt8](repeating: 0, count: size))

    /// Exactly `size` bytes.
    public let bytes: [UInt8]

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// nil unless there are `size` bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = Array(bytes)
    }

    /// nil unless the text is 64 hexadecimal digits.
    public init?(hexadecimal text: String) {
        let digits = text.utf8.compactMap { Self.value(of: $0) }
        guard digits.count == text.utf8.count, digits.count == 2 * Self.size else { return nil }
        self.init(stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }

    /// The hash of some bytes.
    public init(of content: [UInt8]) {
        var bytes = [UInt8](repeating: 0, count: Self.size)
        _ = SHA256(content, content.count, &bytes)
        self.bytes = bytes
    }

    /// 64 small hexadecimal digits.
    public var hexadecimal: String { Hexadecimal.text(bytes) }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// Bytes as small hexadecimal digits.
enum Hexadecimal {
    static func text(_ bytes: some Collection<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
