import Glibc

/// The only type that holds a secret: a provider's key, a client's key, an admin token.
///
/// Nothing prints, reflects or encodes it: every such way gives `[redacted]`. The bytes are reached
/// only inside `withBytes`, and are overwritten when the last copy of the value goes away.
public struct Secret: Sendable {
    private let storage: Storage

    /// Copies the bytes; the caller wipes its own.
    public init(copying bytes: some Collection<UInt8>) { storage = Storage(bytes) }

    /// Number of bytes.
    public var count: Int { storage.count }

    /// Lends the bytes to the closure, which must not keep or print them.
    ///
    /// - Throws: what the closure throws.
    public func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try body(UnsafeRawBufferPointer(storage.bytes))
    }

    /// Compares in a time that depends on the lengths only.
    public func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard other.count == storage.count else { return false }
        var difference: UInt8 = 0
        for (mine, theirs) in zip(storage.bytes, other) { difference |= mine ^ theirs }
        return difference == 0
    }

    /// Immutable after `init`, which is what makes sharing it between threads safe.
    private final class Storage: @unchecked Sendable {
        let bytes: UnsafeMutableBufferPointer<UInt8>
        var count: Int { bytes.count }

        init(_ source: some Collection<UInt8>) {
            bytes = .allocate(capacity: source.count)
            _ = bytes.initialize(from: source)
        }

        deinit {
            // Not memset: a compiler may drop a store that nothing reads (bzero(3)).
            if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
            bytes.deallocate()
        }
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[redacted]" }
    public var debugDescription: String { "[redacted]" }
    public var customMirror: Mirror { Mirror(reflecting: "[redacted]") }
}

extension Secret: Encodable {
    /// Writes `[redacted]`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
