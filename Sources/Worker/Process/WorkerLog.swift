import CLinux
import Glibc

/// Lines on standard error, one event each, which the supervisor reads. Made of fixed texts, numbers
/// and names from the configuration: no header, no URL, no text of a peer can get into one.
enum WorkerLog {
    /// Writes one line; drops it where nobody reads, since the loop must not wait.
    static func write(_ event: StaticString, _ fields: (StaticString, UInt64)...) {
        var line: [UInt8] = []
        append(event, to: &line)
        for (name, value) in fields {
            line.append(UInt8(ascii: " "))
            append(name, to: &line)
            line.append(UInt8(ascii: "="))
            line.append(contentsOf: String(value).utf8)
        }
        emit(&line)
    }

    /// Writes one line with a name from the configuration.
    static func write(_ event: StaticString, _ label: StaticString, name: String) {
        var line: [UInt8] = []
        append(event, to: &line)
        line.append(UInt8(ascii: " "))
        append(label, to: &line)
        line.append(UInt8(ascii: "="))
        line.append(contentsOf: name.utf8.prefix(256).map { $0 < 0x20 ? UInt8(ascii: "?") : $0 })
        emit(&line)
    }

    private static func append(_ text: StaticString, to line: inout [UInt8]) {
        line.append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func emit(_ line: inout [UInt8]) {
        line.append(UInt8(ascii: "\n"))
        if route_send(STDERR_FILENO, line, line.count) < 0, errno == ENOTSOCK {
            _ = Glibc.write(STDERR_FILENO, line, line.count)
        }
    }
}
