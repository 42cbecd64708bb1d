import CLinux
import Foundation
import Glibc

/// A running mock provider.
final class Mock {
    /// One line of its log.
    struct LogLine: Decodable, Equatable {
        var event: String
        var connection: Int
        var request: Int?
        var at_ns: Int
        var path: String?
        var model: String?
        var x_mock: String?
        var include_usage: Bool?
        var credential: String?
        var credential_sha256: String?
        var headers: [String: String]?
        var how: String?
        var events: Int?
        var bytes: Int?
    }

    struct Totals: Decodable, Equatable {
        var connections: Int
        var in_flight: Int
        var requests: Int
        var ended: Int
        var events: Int
    }

    let port: Int
    private let process: ChildProcess
    /// The mock ends when this does, even if this process crashes.
    private let lifeline: Int32

    /// - Throws: `SystemFailure`.
    init(_ arguments: [String] = []) throws {
        var pipe: [Int32] = [-1, -1]
        guard Glibc.pipe(&pipe) == 0 else { throw SystemFailure.call("pipe") }
        for end in pipe { _ = route_set_cloexec(end, 1) }
        defer { pipe.forEach { _ = close($0) } }
        var line: [Int32] = [-1, -1]
        guard Glibc.pipe(&line) == 0 else { throw SystemFailure.call("pipe") }
        for end in line { _ = route_set_cloexec(end, 1) }
        lifeline = line[1]
        defer { close(line[0]) }
        process = try ChildProcess(
            Product.mock, ["--listen", "127.0.0.1:0", "--exit-on-eof", "3"] + arguments,
            descriptors: [line[0]], output: pipe[1])
        close(pipe[1])
        pipe[1] = -1
        var text = ""
        var byte: UInt8 = 0
        while !text.hasSuffix("\n"), read(pipe[0], &byte, 1) == 1 {
            text.unicodeScalars.append(Unicode.Scalar(byte))
        }
        guard text.hasPrefix("listening "), let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...].dropLast())
        else { throw SystemFailure("the mock did not start: \(text)") }
        self.port = port
    }

    deinit {
        process.signal(SIGKILL)
        close(lifeline)
    }

    /// The totals, once the conditions hold; `wait_until_idle=1` and the like.
    ///
    /// - Throws: what the connection throws, at the latest after the hang guard's time.
    @discardableResult
    func totals(_ conditions: String = "") throws -> Totals {
        let answer = try Connection.ask(Request.get("/_mock/stats?\(conditions)"), port: port)
        return try JSONDecoder().decode(Totals.self, from: Data(answer.body))
    }

    /// The log so far, once the conditions hold.
    ///
    /// - Throws: what the connection throws.
    func log(_ conditions: String = "") throws -> [LogLine] {
        let answer = try Connection.ask(Request.get("/_mock/log?\(conditions)"), port: port)
        return try answer.body.split(separator: 10).map {
            try JSONDecoder().decode(LogLine.self, from: Data($0))
        }
    }
}
