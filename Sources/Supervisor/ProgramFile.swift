import Glibc

/// Which file a program is, so that one that a package upgrade put in its place is told from it: the
/// path stays the same.
struct ProgramFile: Equatable, Hashable, Sendable {
    var device: UInt64
    var inode: UInt64
    /// Bytes.
    var size: UInt64
    /// Nanoseconds of the last change of its content.
    var modified: Int64

    /// The file that is at the path now; nil where there is none. `/proc/self/exe` is the file that this
    /// process runs, also when it has no name any more.
    init?(path: String) {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        device = UInt64(information.st_dev)
        inode = UInt64(information.st_ino)
        size = UInt64(clamping: information.st_size)
        modified =
            Int64(information.st_mtim.tv_sec) &* 1_000_000_000
            &+ Int64(information.st_mtim.tv_nsec)
    }

    init(device: UInt64, inode: UInt64, size: UInt64, modified: Int64) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
    }

    /// The path of this process's own program; nil where /proc cannot be read.
    static func ownPath() -> String? {
        var bytes: [UInt8] = Array(repeating: 0, count: Int(PATH_MAX))
        let length = bytes.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map { readlink("/proc/self/exe", $0, buffer.count) } ?? -1
        }
        guard length > 0, length < bytes.count else { return nil }
        return String(validating: bytes.prefix(length), as: UTF8.self)
    }
}
