import Glibc
import TestTLS

/// A blocking TCP connection on the loopback interface.
final class Connection {
    private var descriptor: Int32
    /// Encrypts what is sent and decrypts what is received, where there is one.
    private var session: TLSSession?

    /// A connect that the kernel refused, or another call that failed.
    struct Failure: Error, Equatable {
        let call: String
        let reason: Int32
        var what = ""
    }

    /// - Parameters:
    ///   - receiveBuffer: bytes of the socket's receive buffer; nil leaves the system's.
    ///   - certificate: PEM of the only certificate to trust, for TLS; nil for none.
    ///   - protocols: what is offered by ALPN.
    /// - Throws: `Failure`, and what is wrong with the server's side of TLS.
    init(
        port: Int, receiveBuffer: Int32? = nil, trusting certificate: String? = nil,
        protocols: [String] = ["http/1.1"]
    ) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", reason: errno) }
        var limit = timeval(tv_sec: Int(HangGuard.seconds), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(4))
        }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(4))
        let result = Loopback.withAddress(port: port) { connect(descriptor, $0, $1) }
        guard result == 0 else {
            let reason = errno
            close(descriptor)
            throw Failure(call: "connect", reason: reason)
        }
        guard let certificate else { return }
        let session = try TLSSession(trusting: certificate, protocols: protocols)
        try sendRaw(session.outgoing())
        while session.agreedProtocol == nil {
            guard let bytes = try receiveRaw() else { throw Failure(call: "TLS", reason: 0) }
            _ = try session.receive(bytes)
            try sendRaw(session.outgoing())
        }
        self.session = session
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Ends the connection with a reset, now.
    func reset() {
        closeWithReset()
        close(descriptor)
        descriptor = -1
    }

    /// - Throws: `Failure`, and what TLS throws.
    func send(_ bytes: [UInt8]) throws {
        guard let session else { return try sendRaw(bytes) }
        try session.send(bytes)
        try sendRaw(session.outgoing())
    }

    private func sendRaw(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(call: "send", reason: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// What comes next, of at most so many bytes from the socket; nil at the end.
    ///
    /// - Throws: `Failure`, and what TLS throws.
    func receive(_ most: Int = 65_536) throws -> [UInt8]? {
        guard let session else { return try receiveRaw(most) }
        while let bytes = try receiveRaw(most) {
            let plain = try session.receive(bytes)
            if !plain.isEmpty { return plain }
        }
        return nil
    }

    /// Bytes that this machine's kernel has received on the connection, read or not.
    var bytesReceived: Int {
        // tcpi_bytes_received of TCP_INFO, which the C library's structure ends before.
        var information = [UInt64](repeating: 0, count: 32)
        var size = socklen_t(256)
        let result = getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &information, &size)
        return result == 0 && size >= 136 ? Int(information[16]) : 0
    }

    /// All that the kernel holds and nobody has read, as `receive` would give it. Of TLS, that is whole
    /// records, and nothing can be received afterwards.
    ///
    /// - Throws: what TLS throws.
    func unread() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 16 << 20)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        let bytes = Array(buffer.prefix(max(count, 0)))
        return try session?.receive(bytes) ?? bytes
    }

    private func receiveRaw(_ most: Int = 65_536) throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: most)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw Failure(call: "recv", reason: errno) }
        return count == 0 ? nil : Array(buffer.prefix(count))
    }

    /// Reads one answer to its end, or to the end of the connection.
    ///
    /// - Throws: `Failure`.
    func answer() throws -> AnswerReader {
        var reader = AnswerReader(keepsBody: true)
        while !reader.isComplete, !reader.isBroken, let bytes = try receive() { reader.read(bytes) }
        return reader
    }

    /// Nothing more is sent; what comes is still read.
    func closeSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The close becomes a reset.
    func closeWithReset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }

    /// One request and its answer on a connection of their own.
    ///
    /// - Throws: `Failure`.
    static func ask(
        _ bytes: [UInt8], port: Int, for what: String = ""
    ) throws -> AnswerReader {
        do {
            let connection = try Connection(port: port)
            try connection.send(bytes)
            return try connection.answer()
        } catch var failure as Failure {
            failure.what = what
            throw failure
        }
    }
}

/// 127.0.0.1.
enum Loopback {
    static func withAddress<Result>(
        port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// A listening socket on a free port.
    ///
    /// - Throws: `SystemFailure`.
    static func listen(backlog: Int32 = 4096) throws -> (descriptor: Int32, port: Int) {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, flags, 0)
        guard descriptor >= 0, withAddress(port: 0, { bind(descriptor, $0, $1) }) == 0,
            Glibc.listen(descriptor, backlog) == 0
        else { throw SystemFailure.call("listen") }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        guard result == 0 else { throw SystemFailure.call("getsockname") }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}
