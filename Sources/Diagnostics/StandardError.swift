import CCrash
import Glibc
import Redaction

/// What this process, its libraries and Swift's runtime write to C's `stderr`.
///
/// The runtime writes the texts of `fatalError` and the like there before it raises a signal, so no
/// handler could redact them any more: a filter in the stream does. What writes to descriptor 2 itself
/// passes the supervisor's filter only.
public enum StandardError {
    // Set once, before other threads run; used under the lock of `stderr` only.
    nonisolated(unsafe) private static var filter: (any StreamFilter)?

    /// Puts the filter into `stderr`, whose bytes then go to the descriptor.
    ///
    /// Lines are whole for the filter as long as they have at most 64 KiB; at the end of one nothing
    /// is held back, since the process may be about to die. Once per process, before other threads run.
    ///
    /// - Parameters:
    ///   - descriptor: where what may be seen is written to; it stays open.
    ///   - filter: allocates nothing once it was used: it may run in a process whose heap is broken.
    /// - Returns: false when there was no memory for the stream, and `stderr` is as it was.
    @discardableResult
    public static func redirect(
        to descriptor: Int32 = 2, through filter: some StreamFilter
    ) -> Bool {
        self.filter = filter
        // A copy of a filter may allocate when it is first used: not in a process that dies.
        [UInt8(ascii: "\n")].withUnsafeBytes { self.filter?.write($0, to: { _ in }) }
        self.filter?.finish(to: { _ in })
        return route_stderr_redirect(descriptor) { bytes, count in
            StandardError.take(UnsafeRawBufferPointer(start: bytes, count: count))
        } == 0
    }

    private static func take(_ bytes: UnsafeRawBufferPointer) {
        filter?.write(bytes, to: put)
        if bytes.last == UInt8(ascii: "\n") { filter?.flush(to: put) }
    }

    private static func put(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.assumingMemoryBound(to: CChar.self).baseAddress else { return }
        route_stderr_put(start, bytes.count)
    }
}
