import Foundation
import Glibc

/// A file system of its own in memory, small enough to be filled; made by root only.
final class SmallDisk {
    let path: String
    private var filler: String { path + "/filler" }

    /// Whether this process may mount.
    static var isPossible: Bool { geteuid() == 0 }

    /// - Throws: `SystemFailure`.
    init(megabytes: Int) throws {
        path = try Product.temporaryFolder()
        guard mount("none", path, "tmpfs", 0, "size=\(megabytes)m,mode=0700") == 0 else {
            throw SystemFailure.call("mount a tmpfs")
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    /// Takes all the space there is.
    ///
    /// - Throws: `SystemFailure`.
    func fill() throws {
        let file = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemFailure.call("open the filler") }
        defer { close(file) }
        let page = [UInt8](repeating: 1, count: 4096)
        while write(file, page, page.count) > 0 {}
        guard errno == ENOSPC else { throw SystemFailure.call("fill the disk") }
    }

    /// Gives it back.
    func free() { unlink(filler) }
}
