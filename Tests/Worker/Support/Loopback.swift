import Glibc

/// Sockets on the loopback interface, on ports that the kernel picks.
enum Loopback {
    /// 127.0.0.`host`.
    static func address(port: UInt16, host: UInt8 = 1) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = (UInt32(0x7F00_0000) | UInt32(host)).bigEndian
        return address
    }

    static func listen(
        nonBlocking: Bool, backlog: Int32 = 512, port: UInt16 = 0, host: UInt8 = 1
    ) throws -> (descriptor: Int32, port: UInt16) {
        let kind = Int32(SOCK_STREAM.rawValue | (nonBlocking ? SOCK_NONBLOCK.rawValue : 0))
        let fd = socket(AF_INET, kind, 0)
        var address = address(port: port, host: host)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Int32 in
                guard bind(fd, address, size) == 0, Glibc.listen(fd, backlog) == 0 else {
                    return -1
                }
                return getsockname(fd, address, &size)
            }
        }
        guard result == 0 else { throw RawSocket.Failure.system(errno) }
        return (fd, UInt16(bigEndian: address.sin_port))
    }

    /// How many connections may wait at a listener: the kernel tells it in a field of TCP_INFO.
    static func backlog(_ listener: Int32) -> Int {
        var information = tcp_info()
        var size = socklen_t(MemoryLayout<tcp_info>.size)
        guard getsockopt(listener, Int32(IPPROTO_TCP), TCP_INFO, &information, &size) == 0 else {
            return -1
        }
        return Int(information.tcpi_sacked)
    }

    /// Connections that fill the queue of a listener with a backlog of 0, so that the kernel answers no
    /// further one. They are the caller's.
    static func fillQueue(port: UInt16, host: UInt8 = 1) throws -> [Int32] {
        var open: [Int32] = []
        while open.count < 16 {
            let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            var address = address(port: port, host: host)
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            open.append(fd)
            var entry = pollEntry(fd)
            guard waitWritable(&entry, milliseconds: 200) else { return open }
        }
        return open
    }
}

/// For `waitWritable`.
func pollEntry(_ descriptor: Int32) -> pollfd {
    pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
}

/// Whether the socket takes bytes within the time.
func waitWritable(_ entry: inout pollfd, milliseconds: Int32) -> Bool {
    poll(&entry, 1, milliseconds) == 1 && Int32(entry.revents) & Int32(POLLOUT) != 0
}

/// The address of a Unix socket.
enum UnixAddress {
    static func with<Result>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// A listening socket of that path.
    static func listen(_ path: String) throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
        let fd = socket(AF_UNIX, kind, 0)
        guard with(path, { bind(fd, $0, $1) }) == 0, Glibc.listen(fd, 64) == 0 else {
            throw RawSocket.Failure.system(errno)
        }
        return fd
    }
}
