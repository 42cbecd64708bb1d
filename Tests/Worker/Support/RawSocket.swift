import Glibc

/// A blocking TCP socket that a test plays one side of a conversation with, from one thread at a time. Every wait ends after a
/// minute at the latest, so that a hang is a failure and not a hang.
final class RawSocket: @unchecked Sendable {
    private(set) var descriptor: Int32
    /// Bytes that came and that no expectation has consumed.
    private var buffer: ArraySlice<UInt8> = []

    enum Failure: Error {
        case system(Int32)
        case ended(seen: String)
        case timedOut(seen: String)
    }

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(4))
    }

    deinit { close() }

    /// Connects to a port of the loopback interface.
    static func connect(port: UInt16, receiveBuffer: Int32? = nil) throws -> RawSocket {
        let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer { setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(4)) }
        var address = Loopback.address(port: port)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure.system(errno) }
        return RawSocket(descriptor: fd)
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let n = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard n > 0 else { throw Failure.system(errno) }
            sent += n
        }
    }

    /// Sends what the kernel takes at once; how much that was.
    func sendWithoutWaiting(_ bytes: [UInt8]) -> Int {
        Glibc.send(
            descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }

    private func fill() throws -> Bool {
        var space = [UInt8](repeating: 0, count: 65536)
        let n = recv(descriptor, &space, space.count, 0)
        if n > 0 { buffer += space.prefix(n) }
        if n < 0 {
            throw errno == EAGAIN ? Failure.timedOut(seen: seen) : Failure.system(errno)
        }
        return n > 0
    }

    private var seen: String { String(decoding: buffer, as: UTF8.self) }

    /// Reads up to and including the text.
    func read(through end: String) throws -> String {
        let pattern = Array(end.utf8)
        while true {
            if let range = buffer.firstRange(of: pattern) {
                defer { buffer = buffer[range.upperBound...] }
                return String(decoding: buffer[..<range.upperBound], as: UTF8.self)
            }
            guard try fill() else { throw Failure.ended(seen: seen) }
        }
    }

    func read(count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try fill() else { throw Failure.ended(seen: seen) }
        }
        defer { buffer = buffer.dropFirst(count) }
        return Array(buffer.prefix(count))
    }

    /// Reads to the peer's end of file; nil when the peer reset the connection.
    func readToEnd() throws -> String? {
        do {
            while try fill() {}
        } catch Failure.system(ECONNRESET) {
            return nil
        }
        defer { buffer = [] }
        return seen
    }

    /// Waits until the peer has closed or reset; what came before is dropped.
    func waitForEnd() throws { _ = try readToEnd() }

    /// One message: its head, and its body by content-length or chunked framing (undone).
    func readMessage() throws -> (head: String, body: String) {
        let head = try read(through: "\r\n\r\n")
        let lowered = head.lowercased()
        if lowered.contains("transfer-encoding: chunked") { return (head, try readChunks()) }
        guard let range = lowered.range(of: "content-length: "),
            let count = Int(lowered[range.upperBound...].prefix { $0.isNumber })
        else { return (head, "") }
        return (head, String(decoding: try read(count: count), as: UTF8.self))
    }

    private func readChunks() throws -> String {
        var body: [UInt8] = []
        while true {
            let line = try read(through: "\r\n").dropLast()
            guard let size = Int(line, radix: 16) else { throw Failure.ended(seen: String(line)) }
            body += try read(count: size)
            _ = try read(through: "\r\n")
            if size == 0 { return String(decoding: body, as: UTF8.self) }
        }
    }

    /// Waits for the peer's reset, with whatever came left unread.
    func isResetWithoutReading(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: 0, revents: 0)
        guard poll(&entry, 1, milliseconds) == 1 else { return false }
        return Int32(entry.revents) & Int32(POLLERR | POLLHUP) != 0
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Says that nothing more comes, and reads on.
    func shutDownSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends the connection with a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }
}

extension String {
    /// The first occurrence of a text.
    func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}

/// Sockets on the loopback interface, on ports that the kernel picks.
enum Loopback {
    static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    static func listen(
        nonBlocking: Bool, backlog: Int32 = 512
    ) throws -> (descriptor: Int32, port: UInt16) {
        let kind = Int32(SOCK_STREAM.rawValue | (nonBlocking ? SOCK_NONBLOCK.rawValue : 0))
        let fd = socket(AF_INET, kind, 0)
        var address = address(port: 0)
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
    static func fillQueue(port: UInt16) throws -> [Int32] {
        var open: [Int32] = []
        while open.count < 16 {
            let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            var address = address(port: port)
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
