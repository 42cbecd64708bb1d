import Glibc

/// A blocking TCP connection on the loopback interface.
final class Connection {
    private let descriptor: Int32

    /// A connect that the kernel refused, or another call that failed.
    struct Failure: Error, Equatable {
        let call: String
        let reason: Int32
        var what = ""
    }

    /// - Throws: `Failure`.
    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", reason: errno) }
        var limit = timeval(tv_sec: Int(HangGuard.seconds), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(4))
        let result = Loopback.withAddress(port: port) { connect(descriptor, $0, $1) }
        guard result == 0 else {
            let reason = errno
            close(descriptor)
            throw Failure(call: "connect", reason: reason)
        }
    }

    deinit { close(descriptor) }

    /// - Throws: `Failure`.
    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(call: "send", reason: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// What comes next; nil at the end.
    ///
    /// - Throws: `Failure`.
    func receive() throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
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
