import Glibc

/// Writes files that only their owner can read.
enum PrivateFile {
    /// Replaces a file in one step: readers see the old text or the new one.
    ///
    /// - Throws: `CommandFailure`.
    static func replace(_ path: String, with text: String) throws(CommandFailure) {
        let new = "\(path).new"
        _ = unlink(new)
        let fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard fd >= 0 else { throw .system("\(new) cannot be created", code: errno) }
        defer { close(fd) }
        let bytes = Array(text.utf8)
        guard write(fd, bytes, bytes.count) == bytes.count, rename(new, path) == 0 else {
            throw .system("\(path) cannot be written", code: errno, status: .inputOutput)
        }
    }

    /// Makes a file that was not there.
    ///
    /// - Throws: `CommandFailure`.
    static func create(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(CommandFailure) {
        let fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard fd >= 0 else {
            throw .system("\(path) cannot be created", code: errno, status: .cannotCreate)
        }
        defer { close(fd) }
        guard write(fd, bytes.baseAddress, bytes.count) == bytes.count, fsync(fd) == 0 else {
            let reason = errno
            _ = unlink(path)
            throw .system("\(path) cannot be written", code: reason, status: .inputOutput)
        }
    }
}
