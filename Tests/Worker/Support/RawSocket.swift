import Glibc
import TestTLS

/// A blocking TCP socket that a test plays one side of a conversation with, from one thread at a time. Every wait ends after a
/// minute at the latest, so that a hang is a failure and not a hang.
final class RawSocket: @unchecked Sendable {
    private(set) var descriptor: Int32
    /// Bytes that came and that no expectation has consumed.
    private var buffer: ArraySlice<UInt8> = []
    /// Where the conversation is encrypted: what is sent and read goes through it.
    private var session: TLSSession?

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

    /// A connection over Unix sockets.
    static func connect(path: String) throws -> RawSocket {
        let fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard UnixAddress.with(path, { Glibc.connect(fd, $0, $1) }) == 0 else {
            throw Failure.system(errno)
        }
        return RawSocket(descriptor: fd)
    }

    /// Goes on with TLS.
    func secure(_ session: TLSSession) throws {
        try sendRaw(session.outgoing())
        self.session = session
        while session.agreedProtocol == nil {
            guard try fill() else { throw Failure.ended(seen: seen) }
        }
    }

    /// The protocol that was agreed on.
    var agreedProtocol: String? { session?.agreedProtocol ?? nil }

    /// Bytes that this machine's kernel has received of the peer, whether they were read or not.
    var bytesReceived: UInt64 {
        // tcpi_bytes_received of TCP_INFO, which the C library's structure ends before.
        var information = [UInt64](repeating: 0, count: 32)
        var size = socklen_t(256)
        let result = getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &information, &size)
        return result == 0 && size >= 136 ? information[16] : 0
    }

    /// What the kernel has received and nobody has read, which stays there.
    func peek(_ count: Int) -> [UInt8] {
        var space = [UInt8](repeating: 0, count: count)
        let n = recv(descriptor, &space, count, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return Array(space.prefix(max(n, 0)))
    }

    /// The whole records in what nobody has read, decrypted: the session is of no use afterwards.
    func peekThroughSession(_ count: Int) throws -> [UInt8] {
        let plain = try session?.receive(peek(count)) ?? peek(count)
        return Array(buffer) + plain
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        guard let session else { return try sendRaw(bytes) }
        try session.send(bytes)
        try sendRaw(session.outgoing())
    }

    private func sendRaw(_ bytes: [UInt8]) throws {
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

    /// Whether the kernel takes more within the time.
    func isWritable(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, milliseconds) == 1
    }

    /// Sends what the kernel takes at once; how much that was.
    func sendWithoutWaiting(_ bytes: [UInt8]) -> Int {
        Glibc.send(
            descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }

    /// Reads everything in small bites, to an end that stands nowhere before; how many bytes that was.
    func nibble(through end: String, bite: Int) throws -> Int {
        let pattern = Array(end.utf8)
        var count = buffer.count
        while !buffer.suffix(pattern.count).elementsEqual(pattern) {
            let before = buffer.count
            guard try fill(bite) else { throw Failure.ended(seen: seen) }
            count += buffer.count - before
            buffer = buffer.suffix(64)
        }
        buffer = []
        return count
    }

    private func fill(_ most: Int = 65536) throws -> Bool {
        var space = [UInt8](repeating: 0, count: most)
        let n = recv(descriptor, &space, space.count, 0)
        if n > 0, let session {
            buffer += try session.receive(space.prefix(n))
            try sendRaw(session.outgoing())
        } else if n > 0 {
            buffer += space.prefix(n)
        }
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

    /// Whatever comes next; nil at the end, however the connection ends.
    func readSome() throws -> [UInt8]? {
        do {
            while buffer.isEmpty { guard try fill() else { return nil } }
        } catch Failure.system(ECONNRESET) {
            return nil
        }
        defer { buffer = [] }
        return Array(buffer)
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

    /// The content of chunks, of which the last may be cut.
    static func undoChunks(_ bytes: [UInt8]) -> [UInt8] {
        var content: [UInt8] = []
        var rest = bytes[...]
        while let end = rest.firstRange(of: [13, 10]),
            let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16)
        {
            content += rest[end.upperBound...].prefix(size)
            rest = rest[end.upperBound...].dropFirst(size + 2)
        }
        return content
    }

    /// The content of chunks until it is so many bytes, or more.
    func readChunkedBody(count: Int) throws -> String {
        var body: [UInt8] = []
        while body.count < count {
            let line = try read(through: "\r\n").dropLast()
            guard let size = Int(line, radix: 16), size > 0 else {
                throw Failure.ended(seen: String(line))
            }
            body += try read(count: size)
            _ = try read(through: "\r\n")
        }
        return String(decoding: body, as: UTF8.self)
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
