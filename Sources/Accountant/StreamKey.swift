/// One stream over all workers and restarts: the process that minted it and its number there.
struct StreamKey: Hashable, Sendable {
    var incarnation: UInt64
    var stream: UInt64

    /// The id of the stream's record: 32 hexadecimal digits, incarnation first.
    var id: String { Self.hexadecimal(incarnation) + Self.hexadecimal(stream) }

    /// 16 digits.
    static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
