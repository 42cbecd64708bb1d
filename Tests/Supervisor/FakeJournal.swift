import CLinux
import Glibc
import Testing

@testable import Supervisor

/// A socket that takes entries as journald does, for a supervisor in a mount namespace of its own.
final class FakeJournal {
    /// What makes the socket journald's for who comes after it: the host's folders stay as they are.
    static let preparation = """
        mount -n -t tmpfs tmpfs /run
        mkdir -p /run/systemd/journal
        : > /run/systemd/journal/socket
        mount -n --bind "$FOLDER/journal" /run/systemd/journal/socket
        JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2)
        export JOURNAL_STREAM
        """

    let folder: String
    private let socket: Int32

    /// Only root may make a mount namespace; elsewhere these tests cannot run.
    static var isPossible: Bool { geteuid() == 0 && access("/usr/bin/unshare", X_OK) == 0 }

    init() throws {
        folder = try Harness.temporaryFolder()
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        try #require(socket >= 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array((folder + "/journal").utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
    }

    deinit { close(socket) }

    /// Waits for an entry with this field.
    func next(_ field: String, _ value: String) throws -> [String: String] {
        while true {
            let entry = try next()
            if entry[field] == value { return entry }
        }
    }

    /// Waits for one entry, whatever it is.
    func next() throws -> [String: String] {
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        try #require(poll(&entry, 1, 60_000) == 1, "the journal got nothing more")
        var bytes: [UInt8] = Array(repeating: 0, count: 256 * 1024)
        let count = route_consume(socket, &bytes, bytes.count)
        try #require(count > 0)
        return try Self.fields(bytes.prefix(count))
    }

    /// The native protocol: `NAME=value` and an end of line, or for a value of several lines the name, an
    /// end of line, 64 bits of length, the value, an end of line.
    private static func fields(_ bytes: ArraySlice<UInt8>) throws -> [String: String] {
        var fields: [String: String] = [:]
        var rest = bytes
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 0x0A }
            rest = rest.dropFirst(line.count + 1)
            if let sign = line.firstIndex(of: UInt8(ascii: "=")) {
                fields[String(decoding: line[..<sign], as: UTF8.self)] = String(
                    decoding: line[(sign + 1)...], as: UTF8.self)
                continue
            }
            let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(8)
            try #require(length < rest.count)
            fields[String(decoding: line, as: UTF8.self)] = String(
                decoding: rest.prefix(length), as: UTF8.self)
            rest = rest.dropFirst(length + 1)
        }
        return fields
    }
}
