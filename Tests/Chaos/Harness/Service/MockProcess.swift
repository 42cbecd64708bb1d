import CLinux
import Foundation
import Glibc

/// The mock provider, and the book that it writes.
struct MockProcess {
    private struct Line: Decodable {
        var event: String
        var connection: Int
        var request: Int?
        var path: String?
        var stream: Bool?
        var x_mock: String?
        var headers: [String: String]?
        var how: String?
        var events: Int?
    }

    let port: Int
    let process: Spawned
    private let log: String
    /// The mock ends when this does.
    private let lifeline: Int32

    /// - Throws: `HarnessFailure`.
    init(_ settings: ServiceSettings) throws(HarnessFailure) {
        var output: [Int32] = [-1, -1]
        var line: [Int32] = [-1, -1]
        guard pipe(&output) == 0, pipe(&line) == 0 else { throw .call("pipe") }
        for end in output + line { _ = route_set_cloexec(end, 1) }
        lifeline = line[1]
        log = settings.mockLog
        process = try Spawned(
            settings.executables + "/dd0c-route-mock-provider",
            ["--listen", "127.0.0.1:0", "--log", settings.mockLog, "--exit-on-eof", "3"],
            descriptors: [line[0]], output: output[1])
        close(output[1])
        close(line[0])
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while byte != 10, read(output[0], &byte, 1) == 1 { text.append(byte) }
        let words = String(decoding: text, as: UTF8.self).split(separator: ":")
        guard let last = words.last, let port = Int(last.filter(\.isNumber)) else {
            throw HarnessFailure("the mock did not start: \(String(decoding: text, as: UTF8.self))")
        }
        self.port = port
    }

    /// Ends it, and gives what it wrote.
    ///
    /// - Throws: `HarnessFailure`, for a log that cannot be read.
    func finish() throws(HarnessFailure) -> [MockEntry] {
        close(lifeline)
        var entry = pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, 10_000)
        process.signal(SIGKILL)
        _ = poll(&entry, 1, 10_000)
        _ = process.reap()
        guard let data = FileManager.default.contents(atPath: log) else {
            throw HarnessFailure("\(log) cannot be read")
        }
        return try Self.entries(data)
    }

    /// - Throws: `HarnessFailure`, for a line that is none of the mock's.
    static func entries(_ data: Data) throws(HarnessFailure) -> [MockEntry] {
        var entries: [MockEntry] = []
        var places: [[Int]: Int] = [:]
        for text in data.split(separator: 10) {
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(text)) else {
                throw HarnessFailure("the mock wrote \(String(decoding: text, as: UTF8.self))")
            }
            let key = [line.connection, line.request ?? 0]
            if line.event == "request" {
                guard let entry = Self.entry(line) else { continue }
                places[key] = entries.count
                entries.append(entry)
            } else if line.event == "ended", let place = places[key] {
                entries[place].events = line.events ?? 0
                entries[place].how = line.how
            }
        }
        return entries
    }

    private static func entry(_ line: Line) -> MockEntry? {
        guard let path = line.path, let dialect = Dialect(path: path),
            let tag = line.headers?[StreamOrder.tagHeader].flatMap({ Int($0) })
        else { return nil }
        var entry = MockEntry(tag: tag, dialect: dialect)
        entry.isStreaming = line.stream ?? false
        for pair in (line.x_mock ?? "").split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1).map(String.init)
            if halves.count == 2 { entry.asked[halves[0]] = halves[1] }
        }
        return entry
    }
}
