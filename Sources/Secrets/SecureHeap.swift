import CSecureHeap

/// The memory that secrets lie in.
public enum SecureHeap {
    /// How well the kernel protects it.
    public enum Protection: Equatable, Sendable {
        /// Locked into RAM, between guard pages, excluded from core dumps.
        case locked
        /// Excluded from core dumps only: the limit on locked memory (RLIMIT_MEMLOCK) is too low.
        case unlocked
    }

    /// Sets the heap up, once per process, and tells how well it is protected. The first secret does it
    /// at the latest.
    public static func start() -> Protection {
        route_secure_heap_start() == route_secure_heap_locked ? .locked : .unlocked
    }

    /// Overwrites every secret of this process, which must not go on after it. Async-signal-safe: what a
    /// crash handler calls.
    public static let wipeAll: @convention(c) @Sendable () -> Void = { route_secure_wipe_all() }
}
