import CCrash
import CLinux
import Glibc

/// The memory in which a child leaves its report: the supervisor makes and keeps it, so that nothing
/// can be lost on the way, and what was written is there even when the child was killed.
public enum CrashFile {
    /// Why there is no memory, or no report in it.
    public enum Failure: Error, Equatable, Sendable {
        /// A system call failed with this errno.
        case system(Int32)
        case refused(CrashReport.Refusal)
    }

    /// Its size, bytes.
    public static let size = MemoryLayout<route_crash_file>.size

    /// Makes an empty one, whose size is sealed. The caller owns the descriptor (close-on-exec).
    ///
    /// - Throws: `Failure.system`.
    public static func create() throws(Failure) -> Int32 {
        let descriptor = route_memfd("dd0c-route-crash")
        guard descriptor >= 0 else { throw .system(errno) }
        guard ftruncate(descriptor, off_t(size)) == 0,
            route_memfd_seal(descriptor, 0) == 0
        else {
            let reason = errno
            close(descriptor)
            throw .system(reason)
        }
        return descriptor
    }

    /// Reads a copy, so that nothing changes while it is decoded; the descriptor stays the caller's.
    ///
    /// - Throws: `Failure`.
    public static func read(_ descriptor: Int32) throws(Failure) -> CrashReport {
        // One byte more than there should be: a larger file is refused too.
        var bytes: [UInt8] = Array(repeating: 0, count: size &+ 1)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw .system(errno) }
        let report = bytes.withUnsafeBytes { bytes in
            Result<CrashReport, CrashReport.Refusal> { () throws(CrashReport.Refusal) in
                try CrashReport(decoding: UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
            }
        }
        switch report {
        case .success(let report): return report
        case .failure(let refusal): throw .refused(refusal)
        }
    }
}
