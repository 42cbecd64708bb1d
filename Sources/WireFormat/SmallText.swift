import Glibc

/// At most 48 bytes of text in place: keys, event names, tiers. Longer text is remembered only as too long.
struct SmallText: Equatable, Sendable {
    static let capacity = 48
    private var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
    private(set) var count = 0
    private(set) var isTooLong = false

    init() {}

    static func == (left: SmallText, right: SmallText) -> Bool {
        left.words == right.words && left.count == right.count && left.isTooLong == right.isTooLong
    }

    var isEmpty: Bool { count == 0 }

    /// The text, each byte that is not UTF-8 replaced.
    var text: String {
        withUnsafeBytes(of: words) { String(decoding: $0.prefix(count), as: UTF8.self) }
    }

    mutating func clear() {
        // The words behind `count` stay zero, so that equal texts are equal values.
        if count > 0 { words = (0, 0, 0, 0, 0, 0) }
        count = 0
        isTooLong = false
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard !isTooLong else { return }
        guard bytes.count <= Self.capacity &- count else {
            clear()
            isTooLong = true
            return
        }
        let start = count
        withUnsafeMutableBytes(of: &words) { space in
            guard let base = space.baseAddress, let source = bytes.baseAddress else { return }
            memcpy(base + start, source, bytes.count)
        }
        count &+= bytes.count
    }

    mutating func append(_ byte: UInt8) {
        withUnsafeBytes(of: byte) { append($0) }
    }

    /// Whether the text is exactly this one.
    func matches(_ other: StaticString) -> Bool {
        guard count == other.utf8CodeUnitCount, !isTooLong else { return false }
        return withUnsafeBytes(of: words) { bytes in
            bytes.baseAddress.map { memcmp($0, other.utf8Start, other.utf8CodeUnitCount) == 0 }
                ?? false
        }
    }
}
