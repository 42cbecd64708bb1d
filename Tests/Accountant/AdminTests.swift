import CLinux
import Foundation
import IPC
import Testing

@testable import Accountant

@Suite("The admin interface answers over the sockets it inherits")
struct AdminTests {
    /// A listening socket as the supervisor passes it: TCP on a free port of 127.0.0.1, or Unix.
    static func listen(unix path: String? = nil) throws -> Int32 {
        let fd = socket(path == nil ? AF_INET : AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let bound: Int32
        if let path {
            bound = withUnix(path) { bind(fd, $0, $1) }
        } else {
            bound = withLoopback(port: 0) { bind(fd, $0, $1) }
        }
        guard bound == 0, Glibc.listen(fd, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
        return fd
    }

    static func withLoopback(
        port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    static func withUnix(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    static func port(_ fd: Int32) -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(fd, $0, &size) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    struct Answer {
        var status: Int
        var head: String
        var body: String
    }

    /// One request on a connection of its own; the answer to its end.
    static func request(
        _ target: String, host: String? = "localhost", method: String = "GET", port: UInt16 = 0,
        unix: String? = nil
    ) throws -> Answer {
        let fd = socket(unix == nil ? AF_INET : AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(fd) }
        let connected =
            unix.map { path in withUnix(path) { connect(fd, $0, $1) } }
            ?? withLoopback(port: port) { connect(fd, $0, $1) }
        guard connected == 0 else { throw POSIXError(.ECONNREFUSED) }
        let text =
            "\(method) \(target) HTTP/1.1\r\n" + (host.map { "Host: \($0)\r\n" } ?? "")
            + "Connection: close\r\n\r\n"
        guard write(fd, text, text.utf8.count) == text.utf8.count else { throw POSIXError(.EIO) }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var entry = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 60_000) == 1 else { throw POSIXError(.ETIMEDOUT) }
            let n = read(fd, &buffer, buffer.count)
            if n <= 0 { break }
            received += buffer[..<n]
        }
        let whole = String(decoding: received, as: UTF8.self)
        let parts = whole.components(separatedBy: "\r\n\r\n")
        let head = parts[0]
        let rest = parts.dropFirst().joined(separator: "\r\n\r\n")
        let body = head.lowercased().contains("transfer-encoding: chunked") ? dechunk(rest) : rest
        let status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
        return Answer(status: status, head: head, body: body)
    }

    static func dechunk(_ text: String) -> String {
        var bytes = Array(text.utf8)[...]
        var result: [UInt8] = []
        while let end = bytes.firstRange(of: Array("\r\n".utf8)) {
            let size =
                Int(String(decoding: bytes[..<end.lowerBound], as: UTF8.self), radix: 16) ?? 0
            bytes = bytes[end.upperBound...]
            result += bytes.prefix(size)
            bytes = bytes.dropFirst(size + 2)
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Serves a ledger of 1,202 records while the closure asks.
    static func serving(
        unix: Bool = false,
        _ body: @escaping @Sendable (_ port: UInt16, _ unixPath: String?) throws -> Void
    ) async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let ledger = try UsageQueryTests.filled(folder)
            let path = unix ? folder.path + "/admin" : nil
            let listener = try listen(unix: path)
            let port = unix ? 0 : port(listener)
            let status = AccountantStatus()
            status.publish(
                AccountantStatus.Snapshot(
                    openStreams: 2, attachedChannels: 1,
                    parked: [.init(incarnation: 9, reason: "why")],
                    counters: [try counters(inUse: 1), try counters(inUse: 2)]))
            let lines = LogLines()
            let server = AdminServer.start(
                descriptors: [listener],
                routes: AdminRoutes(access: LedgerAccess(ledger), status: status),
                log: lines.log)
            defer { server.stop() }
            try body(port, path)
            #expect(lines.all.isEmpty)
        }
    }

    /// The counters of a worker with so many connections in use to one provider, one idle, and none to another.
    private static func counters(inUse: Int) throws -> CounterFile {
        let descriptor = try CounterFile.create(slots: 1)
        defer { close(descriptor) }
        let counters = try CounterFile(descriptor: descriptor, writable: true)
        counters.open(row: 0, provider: "openai")
        counters.open(row: 1, provider: "b\"c")
        var gauge = ProviderGauge()
        gauge.idle = 1
        gauge.inUse = inUse
        gauge.waiting = 2
        counters.update(row: 0, gauge)
        return counters
    }

    @Test("Records stream as JSON lines")
    func usage() async throws {
        try await Self.serving { port, _ in
            let answer = try Self.request("/usage", port: port)
            #expect(answer.status == 200 && answer.head.contains("application/x-ndjson"))
            let lines = answer.body.split(separator: "\n")
            #expect(lines.count == 1202)
            for line in lines {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                let record = try #require(object as? [String: Any])
                #expect((record["completion_tokens"] as? [String: Any])?["billed"] as? Int == 10)
            }
            let one = try Self.request(
                "/usage?limit=1&order=desc&key=app2%27%20OR%201%3D1%20--", port: port)
            #expect(one.body.split(separator: "\n").count == 1)
            let none = try Self.request("/usage?key=nobody", port: port)
            #expect(none.status == 200 && none.body.isEmpty)
            let totals = try Self.request("/usage?totals=1&outcome=client_gone", port: port)
            #expect(totals.body.hasPrefix("{\"records\":12,"))
        }
    }

    @Test("A bad parameter is a 400 that names it, an unknown path a 404, both as JSON")
    func errors() async throws {
        try await Self.serving { port, _ in
            let bad = try Self.request("/usage?since=soon", port: port)
            #expect(bad.status == 400 && bad.body.contains("\"parameter\":\"since\""))
            _ = try JSONSerialization.jsonObject(with: Data(bad.body.utf8))
            let nowhere = try Self.request("/nowhere", port: port)
            #expect(nowhere.status == 404 && nowhere.body.hasPrefix("{\"error\":"))
            #expect(try Self.request("/usage", method: "POST", port: port).status == 404)
            let long = String(repeating: "x", count: 100_000)
            #expect(try [400, 414, 431].contains(Self.request("/\(long)", port: port).status))
        }
    }

    @Test("The state is shown")
    func status() async throws {
        try await Self.serving { port, _ in
            #expect(try Self.request("/healthz", port: port).body == "{\"status\":\"ok\"}\n")
            let body = try Self.request("/status", port: port).body
            #expect(body.contains("\"records\":1202,\"open_streams\":2,\"attached_channels\":1,"))
            #expect(body.contains("{\"incarnation\":\"0000000000000009\",\"reason\":\"why\"}"))
            #expect(
                body.contains(
                    #""providers":{"b\"c":{"open":0,"idle":0,"in_use":0,"dialling":0,"lookups":0,"#
                        + #""waiting":0},"#
                        + #""openai":{"open":5,"idle":2,"in_use":3,"dialling":0,"lookups":0,"#
                        + #""waiting":4}}"#))
            let pattern =
                #/"blocks":1,"chain_head":"[0-9a-f]{64}","signed_blocks":0,"signed_at":null,/#
            #expect(body.contains(pattern))
        }
    }

    @Test("Another host's name is refused on TCP: DNS rebinding")
    func foreignHost() async throws {
        try await Self.serving { port, _ in
            for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", nil] {
                let answer = try Self.request("/usage", host: host, port: port)
                #expect(answer.status == 403 || (host == nil && answer.status == 400))
                #expect(!answer.body.contains("\"id\""))
            }
            for host in ["localhost:\(port)", "127.0.0.1", "[::1]:9090", "LOCALHOST"] {
                #expect(try Self.request("/healthz", host: host, port: port).status == 200)
            }
        }
    }

    @Test("The server's own address is its host, beside the loopback names")
    func ownHost() {
        #expect(OwnHostOnly.isOwn("10.0.0.5:9090", "10.0.0.5"))
        #expect(OwnHostOnly.isOwn("[2001:DB8::1]:9090", "2001:db8::1"))
        #expect(!OwnHostOnly.isOwn("10.0.0.50", "10.0.0.5"))
        #expect(!OwnHostOnly.isOwn("10.0.0.5:99999", "10.0.0.5"))
        #expect(!OwnHostOnly.isOwn("10.0.0.5.evil.example", "10.0.0.5"))
        #expect(!OwnHostOnly.isOwn(nil, "10.0.0.5"))
    }

    @Test("A Unix socket is as good, with any host")
    func unix() async throws {
        try await Self.serving(unix: true) { _, path in
            let health = try Self.request("/healthz", host: "unix", unix: path)
            #expect(health.status == 200)
            let usage = try Self.request("/usage?limit=3", unix: path)
            #expect(usage.body.split(separator: "\n").count == 3)
        }
    }
}
