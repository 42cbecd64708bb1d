import CSecureHeap

/// The only type that holds a secret: a provider's key, a client's key, an admin token.
///
/// Its bytes lie in OpenSSL's secure heap: locked into RAM, between guard pages, excluded from core dumps,
/// overwritten when the last copy of the value goes away. Nothing prints, reflects or encodes it: every
/// such way gives `[redacted]`. The bytes are reached only inside `withBytes`.
public struct Secret: Sendable {
    private let storage: Storage

    /// Copies the bytes; the caller wipes its own.
    public init(copying bytes: some Collection<UInt8>) { storage = Storage(bytes) }

    /// Number of bytes.
    public var count: Int { storage.bytes.count }

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
        let bytes = storage.bytes
        guard other.count == bytes.count else { return false }
        guard let mine = bytes.baseAddress, let theirs = other.baseAddress else { return true }
        return route_secure_compare(mine, theirs, bytes.count) == 0
    }

    /// Immutable after `init`, which is what makes sharing it between threads safe.
    private final class Storage: @unchecked Sendable {
        let bytes: UnsafeMutableRawBufferPointer

        init(_ source: some Collection<UInt8>) {
            guard let memory = route_secure_allocate(source.count) else {
                // As for every other allocation in this language: there is no going on without memory.
                preconditionFailure("no memory for a secret")
            }
            bytes = UnsafeMutableRawBufferPointer(start: memory, count: source.count)
            bytes.copyBytes(from: source)
        }

        deinit {
            if let memory = bytes.baseAddress { route_secure_release(memory) }
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
