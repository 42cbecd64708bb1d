import CChaos
import CLinux
import Foundation
import Glibc

/// Reads the ledger over the admin interface.
enum LedgerReader {
    /// All records.
    ///
    /// - Throws: `HarnessFailure`.
    static func records(port: UInt16) throws(HarnessFailure) -> [LedgerEntry] {
        let answer = try get("/usage", port: port)
        var entries: [LedgerEntry] = []
        for line in answer.split(separator: 10) {
            do {
                entries.append(try JSONDecoder().decode(LedgerEntry.self, from: Data(line)))
            } catch {
                throw HarnessFailure("\(String(decoding: line, as: UTF8.self)): \(error)")
            }
        }
        return entries
    }

    private static func get(_ path: String, port: UInt16) throws(HarnessFailure) -> [UInt8] {
        let descriptor = chaos_connect_tcp(port, 0)
        guard descriptor >= 0 else { throw .call("connect") }
        defer { close(descriptor) }
        try wait(descriptor, POLLOUT)
        let request = Array(
            "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard route_send(descriptor, request, request.count) == request.count else {
            throw .call("send")
        }
        var bytes: [UInt8] = []
        var space: [UInt8] = Array(repeating: 0, count: 262_144)
        while true {
            try wait(descriptor, POLLIN)
            let count = route_consume(descriptor, &space, space.count)
            if count == 0 { break }
            if count > 0 {
                bytes += space[..<count]
            } else if errno != EAGAIN {
                throw .call("recv")
            }
        }
        return try body(bytes[...])
    }

    private static func wait(_ descriptor: Int32, _ events: Int32) throws(HarnessFailure) {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        guard poll(&entry, 1, 60_000) == 1 else { throw HarnessFailure("no answer of the ledger") }
    }

    /// The payload of an answer in chunks.
    ///
    /// - Throws: `HarnessFailure`, for any other answer.
    static func body(_ answer: ArraySlice<UInt8>) throws(HarnessFailure) -> [UInt8] {
        let end = Array("\r\n\r\n".utf8)
        guard answer.starts(with: Array("HTTP/1.1 200 ".utf8)),
            let head = answer.firstRange(of: end)
        else {
            throw HarnessFailure(
                "GET /usage: \(String(decoding: answer.prefix(300), as: UTF8.self))")
        }
        var rest = answer[head.upperBound...]
        var body: [UInt8] = []
        while let lineEnd = rest.firstIndex(of: 10) {
            let digits = String(decoding: rest[..<lineEnd].filter { $0 != 13 }, as: UTF8.self)
            rest = rest[(lineEnd + 1)...]
            guard let size = Int(digits, radix: 16), size <= rest.count else { break }
            if size == 0 { return body }
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        throw HarnessFailure("GET /usage: the answer breaks off")
    }
}
