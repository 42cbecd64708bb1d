import CLinux
import Glibc

/// A page of memory on which the supervisor shows the state of the service, and which the accountant reads
/// when somebody asks: neither waits for the other.
///
/// A class because a mapping has one owner. Sendable unchecked: the mapping is as long as the object lives. One
/// process writes; a reader copies, and tells by the sequence number whether what it has is whole.
public final class ServiceBoard: @unchecked Sendable {
    private static let magic: UInt64 = 0x6472_616f_6263_3064  // "d0cboard"
    private static let size = 64 * 1024
    // Words: the magic, the sequence (odd while somebody writes), the length of what follows.
    private static let headerSize = 24

    private let base: UnsafeMutableRawPointer

    /// Why a descriptor is no board.
    public enum Failure: Error, Equatable, Sendable {
        /// A system call failed with this errno.
        case system(Int32)
        case notBoard
        /// Its size could still change under the mapping.
        case notSealed
    }

    /// Makes an empty board. The caller owns the descriptor (close-on-exec).
    ///
    /// - Throws: `Failure`.
    public static func create() throws(Failure) -> Int32 {
        let descriptor = route_memfd("dd0c-route-board")
        guard descriptor >= 0 else { throw .system(errno) }
        var header: [UInt64] = [magic, 0, 0]
        guard pwrite(descriptor, &header, headerSize, 0) == headerSize,
            ftruncate(descriptor, off_t(size)) == 0, route_memfd_seal(descriptor, 0) == 0
        else {
            let reason = errno
            close(descriptor)
            throw .system(reason)
        }
        return descriptor
    }

    /// Maps the board behind a descriptor, which stays the caller's.
    ///
    /// - Throws: `Failure`.
    public init(descriptor: Int32, writable: Bool) throws(Failure) {
        // Sealed first: a size that was read before could have changed since.
        guard route_memfd_is_sealed(descriptor, 0) == 1 else { throw .notSealed }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw .system(errno) }
        guard information.st_size == off_t(Self.size) else { throw .notBoard }
        guard
            let mapped = mmap(
                nil, Self.size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
                descriptor, 0),
            mapped != MAP_FAILED
        else { throw .system(errno) }
        guard mapped.load(as: UInt64.self) == Self.magic else {
            munmap(mapped, Self.size)
            throw .notBoard
        }
        base = mapped
    }

    deinit { munmap(base, Self.size) }

    private var sequence: UnsafeMutablePointer<UInt64> {
        (base + 8).assumingMemoryBound(to: UInt64.self)
    }

    /// Shows a state in the place of the one before.
    public func show(_ state: ServiceState) {
        let bytes = state.encoded(limit: Self.size &- Self.headerSize)
        // Even again after a writer that died in the middle.
        let before = route_load_acquire(sequence) & ~1
        route_store_release(sequence, before | 1)
        route_fence()
        (base + 16).storeBytes(of: UInt64(bytes.count), as: UInt64.self)
        bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            (base + Self.headerSize).copyMemory(from: start, byteCount: source.count)
        }
        route_store_release(sequence, before &+ 2)
    }

    /// The state that is shown; nil: none yet, or none that can be read.
    public func read() -> ServiceState? {
        var copy: [UInt8] = Array(repeating: 0, count: Self.size &- Self.headerSize)
        // The writer is quick: it is met in the middle once, hardly twice.
        for _ in 0..<1_000 {
            let before = route_load_acquire(sequence)
            guard before & 1 == 0, before > 0 else {
                if before == 0 { return nil }
                sched_yield()
                continue
            }
            let length = (base + 16).load(as: UInt64.self)
            guard length <= UInt64(copy.count) else { continue }
            copy.withUnsafeMutableBytes { target in
                guard let start = target.baseAddress else { return }
                start.copyMemory(from: base + Self.headerSize, byteCount: Int(length))
            }
            route_fence()
            guard route_load_acquire(sequence) == before else { continue }
            return copy.withUnsafeBytes {
                try? ServiceState(
                    decoding: UnsafeRawBufferPointer(rebasing: $0.prefix(Int(length))))
            }
        }
        return nil
    }
}
