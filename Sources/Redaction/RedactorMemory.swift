import Glibc

/// The bytes that a redactor holds, secrets among them: overwritten when it is gone.
final class RedactorMemory: @unchecked Sendable {
    // Safe to send: a redactor writes to it only when nobody else refers to it.
    static let standard = 16384
    /// Zero bytes behind the last byte, so that a place can be looked at without counting.
    static let padding = 32
    let base: UnsafeMutablePointer<UInt8>
    let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        base = .allocate(capacity: capacity + Self.padding)
        base.initialize(repeating: 0, count: capacity + Self.padding)
    }

    init(copying other: RedactorMemory) {
        capacity = other.capacity
        base = .allocate(capacity: capacity + Self.padding)
        base.initialize(from: other.base, count: capacity + Self.padding)
    }

    deinit {
        explicit_bzero(base, capacity)
        base.deallocate()
    }
}
