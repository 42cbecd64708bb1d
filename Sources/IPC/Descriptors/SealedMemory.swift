import CLinux
import Glibc

/// A memfd whose content can never change: how configuration and secrets travel between processes,
/// rather than in arguments or the environment, which others can read.
public enum SealedMemory {
    /// Why a memfd could not be made or read.
    public enum Failure: Error, Equatable, Sendable {
        /// A system call failed with this errno.
        case system(Int32)
        /// The descriptor's content could still change.
        case notSealed
        /// The content is larger than anything this product seals.
        case tooLarge
    }

    /// The greatest content, bytes.
    public static let sizeMax = 16 * 1024 * 1024

    /// Makes a memfd with this content and seals it. The caller owns the descriptor (close-on-exec).
    ///
    /// - Throws: `Failure`.
    public static func create(name: String, _ bytes: UnsafeRawBufferPointer) throws(Failure)
        -> Int32
    {
        guard bytes.count <= sizeMax else { throw .tooLarge }
        let fd = route_memfd(name)
        guard fd >= 0 else { throw .system(errno) }
        var written = 0
        while written < bytes.count {
            let n = pwrite(
                fd, bytes.baseAddress.map { $0 + written }, bytes.count &- written, off_t(written))
            if n < 0, errno == EINTR { continue }
            guard n > 0 else {
                let reason = errno
                close(fd)
                throw .system(reason)
            }
            written &+= n
        }
        guard route_memfd_seal(fd, 1) == 0 else {
            let reason = errno
            close(fd)
            throw .system(reason)
        }
        return fd
    }

    /// Calls the closure with the content mapped; the mapping ends with the closure.
    ///
    /// - Throws: `Failure`, or what the closure throws.
    public static func withContent<Result>(
        of descriptor: Int32, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        guard route_memfd_is_sealed(descriptor, 1) == 1 else { throw Failure.notSealed }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw Failure.system(errno) }
        let size = Int(information.st_size)
        guard size <= sizeMax else { throw Failure.tooLarge }
        guard size > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard let mapped = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0),
            mapped != MAP_FAILED
        else { throw Failure.system(errno) }
        defer { munmap(mapped, size) }
        return try body(UnsafeRawBufferPointer(start: mapped, count: size))
    }
}
