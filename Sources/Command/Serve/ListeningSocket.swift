import CLinux
import Configuration
import Glibc

/// Opens listening sockets.
enum ListeningSocket {
    /// Connections that wait for a worker; the kernel caps it at net.core.somaxconn.
    static let backlog: Int32 = 4096

    /// Who connects to a Unix socket: clients prove themselves with their keys, the admin interface asks
    /// for none, so that the file's owner and group are who may.
    enum Access: mode_t {
        case clients = 0o666
        case admin = 0o660
    }

    /// A listening, non-blocking, close-on-exec socket, and the address it really has.
    ///
    /// - Throws: `CommandFailure` that names the address.
    static func open(
        _ address: ListenAddress, _ access: Access
    ) throws(CommandFailure) -> (descriptor: Int32, address: ListenAddress) {
        let storage = SocketAddress(address)
        let type = Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK
        let fd = socket(storage.family, type, 0)
        guard fd >= 0 else { throw failure(address, errno) }
        do throws(CommandFailure) {
            if case .unix(let path) = address {
                try removeStale(path, storage)
            } else {
                set(fd, SOL_SOCKET, SO_REUSEADDR)
                if storage.family == AF_INET6 { set(fd, Int32(IPPROTO_IPV6), IPV6_V6ONLY) }
            }
            guard storage.withPointer({ bind(fd, $0, $1) }) == 0 else {
                throw failure(address, errno)
            }
            if case .unix(let path) = address, chmod(path, access.rawValue) != 0 {
                throw failure(address, errno)
            }
            guard listen(fd, backlog) == 0 else { throw failure(address, errno) }
            return (fd, bound(fd, address))
        } catch {
            close(fd)
            throw error
        }
    }

    private static func set(_ fd: Int32, _ level: Int32, _ option: Int32) {
        var on: Int32 = 1
        // Neither can fail on a socket of the right family.
        _ = setsockopt(fd, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// A socket file that nobody listens on is left of a gateway that has gone; all else stays.
    private static func removeStale(
        _ path: String, _ storage: SocketAddress
    ) throws(CommandFailure) {
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        guard information.st_mode & S_IFMT == S_IFSOCK else {
            throw CommandFailure(.unavailable, "\(path) is there already, and is no socket")
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
        guard probe >= 0 else { throw .system("no socket can be opened", code: errno) }
        defer { close(probe) }
        if storage.withPointer({ connect(probe, $0, $1) }) == 0 || errno == EAGAIN {
            throw CommandFailure(.unavailable, "unix:\(path) is in use by another process")
        }
        guard errno == ECONNREFUSED else {
            throw .system("unix:\(path) cannot be checked", code: errno)
        }
        guard unlink(path) == 0 else {
            throw .system("unix:\(path) cannot be replaced", code: errno)
        }
    }

    private static func failure(_ address: ListenAddress, _ code: Int32) -> CommandFailure {
        switch code {
        case EADDRINUSE:
            CommandFailure(.unavailable, "\(address) is in use by another process")
        case EADDRNOTAVAIL:
            CommandFailure(.unavailable, "\(address) is no address of this machine")
        default: .system("cannot listen on \(address)", code: code)
        }
    }

    /// The address with the port that the kernel chose.
    private static func bound(_ fd: Int32, _ asked: ListenAddress) -> ListenAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(fd, $0, &length)
            }
        }
        guard result == 0 else { return asked }
        // The port is at the same place in IPv4's and IPv6's addresses.
        let port = withUnsafeBytes(of: &storage) {
            UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        }
        return switch asked {
        case .ipv4(let address, _): .ipv4(address, port: port)
        case .ipv6(let address, _): .ipv6(address, port: port)
        case .unix: asked
        }
    }
}
