import Glibc

/// The folder of a gateway's ledger, and the lock that keeps a second gateway out of it.
struct StateDirectory {
    let path: String
    /// The locked file; the lock lasts as long as any process holds this descriptor.
    let lock: Int32

    /// Name of the lock file, which holds the gateway's pid in decimal digits and a line end.
    static let lockName = "lock"

    /// Creates the folder where it is missing, for its owner alone, and takes the lock.
    ///
    /// - Throws: `CommandFailure`: temporary when another gateway holds the lock.
    static func open(_ path: String) throws(CommandFailure) -> StateDirectory {
        try create(path)
        let lockPath = "\(path)/\(lockName)"
        let fd = Glibc.open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard fd >= 0 else { throw .system("\(lockPath) cannot be opened", code: errno) }
        guard flock(fd, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            defer { close(fd) }
            guard reason == EWOULDBLOCK else {
                throw .system("\(lockPath) cannot be locked", code: reason)
            }
            let holder = pid(in: fd).map { " (pid \($0))" } ?? ""
            throw CommandFailure(
                .temporary, "another gateway\(holder) uses the state directory \(path)")
        }
        let text = Array("\(getpid())\n".utf8)
        // Over what is there, and cut to size only then: this needs no space on a disk that is full.
        guard pwrite(fd, text, text.count, 0) == text.count, ftruncate(fd, text.count) == 0 else {
            let reason = errno
            close(fd)
            throw .system("\(lockPath) cannot be written", code: reason, status: .inputOutput)
        }
        return StateDirectory(path: path, lock: fd)
    }

    /// The pid that a lock file holds.
    static func pid(in descriptor: Int32) -> pid_t? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let n = pread(descriptor, &bytes, bytes.count, 0)
        guard n > 0 else { return nil }
        let digits = bytes[..<n].prefix { $0 != UInt8(ascii: "\n") }
        guard let pid = pid_t(String(decoding: digits, as: UTF8.self)), pid > 0 else { return nil }
        return pid
    }

    private static func create(_ path: String) throws(CommandFailure) {
        var partial = ""
        for part in path.split(separator: "/") {
            partial += "/\(part)"
            if mkdir(partial, 0o700) == 0 || errno == EEXIST { continue }
            let reason = errno
            // A parent that cannot be written, but is there, is no obstacle (EROFS comes before EEXIST).
            if access(partial, F_OK) == 0 { continue }
            throw .system(
                "the state directory \(path) cannot be created", code: reason,
                status: .cannotCreate)
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            throw .system("the state directory \(path) cannot be used", code: errno)
        }
    }
}
