import Redaction

/// Appends little-endian integers, byte strings and tagged fields to a byte buffer.
///
/// A tagged field is `tag: u8, length: u32, value`. Readers skip tags they do not know, so a newer
/// process can add fields without an older one refusing its messages.
public struct ByteWriter: Sendable {
    /// What has been written so far.
    public private(set) var bytes: [UInt8] = []

    /// Secrets that texts are redacted of by their value, besides those that have a known shape.
    private let known: KnownSecrets?

    /// An empty writer.
    ///
    /// - Parameters:
    ///   - known: what `field(_:redacting:)` recognises by value.
    ///   - capacity: bytes that there is room for from the start.
    public init(known: KnownSecrets? = nil, capacity: Int = 0) {
        self.known = known
        if capacity > 0 { bytes.reserveCapacity(capacity) }
    }

    /// Appends the integer in little-endian order.
    public mutating func append<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Appends the bytes as they are.
    public mutating func append(bytes more: some Sequence<UInt8>) {
        bytes.append(contentsOf: more)
    }

    /// Appends one tagged field that holds an integer.
    public mutating func field<T: FixedWidthInteger>(_ tag: UInt8, _ value: T) {
        append(tag)
        append(UInt32(truncatingIfNeeded: MemoryLayout<T>.size))
        append(value)
    }

    /// Appends one tagged field that holds an integer, or nothing for nil.
    public mutating func field<T: FixedWidthInteger>(_ tag: UInt8, _ value: T?) {
        if let value { field(tag, value) }
    }

    /// Appends one tagged field that holds the bytes.
    public mutating func field(_ tag: UInt8, bytes more: some Collection<UInt8>) {
        append(tag)
        append(UInt32(truncatingIfNeeded: more.count))
        append(bytes: more)
    }

    /// Appends one tagged field that holds UTF-8 text.
    public mutating func field(_ tag: UInt8, _ text: String) {
        append(tag)
        append(UInt32(truncatingIfNeeded: text.utf8.count))
        append(bytes: text.utf8)
    }

    /// Appends one tagged field that holds UTF-8 text, or nothing for nil.
    public mutating func field(_ tag: UInt8, _ text: String?) {
        if let text { field(tag, text) }
    }

    /// Appends one tagged field that holds UTF-8 text, or nothing for nil, without any secret in it: for
    /// texts that a client or a provider had a say in.
    public mutating func field(_ tag: UInt8, redacting text: String?) {
        field(tag, text.map { Redactor.redact($0, known: known) })
    }

    /// Overwrites four bytes at an offset that was written before; used for lengths known late.
    mutating func patch(_ value: UInt32, at offset: Int) {
        guard offset >= 0, offset <= bytes.count &- 4 else { return }
        withUnsafeBytes(of: value.littleEndian) { source in
            for (index, byte) in source.enumerated() { bytes[offset &+ index] = byte }
        }
    }
}
