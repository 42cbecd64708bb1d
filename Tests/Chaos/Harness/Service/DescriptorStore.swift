import CChaos
import CLinux
import Glibc

/// NOTIFY_SOCKET, and the descriptor store behind it, as systemd has them (sd_notify(3)).
struct DescriptorStore {
    private let socket: Int32
    private(set) var stored: [(name: String, descriptor: Int32)] = []
    /// How often READY=1 came.
    private(set) var readies = 0
    private(set) var storedMax = 0
    /// A message that could not be read whole.
    private(set) var truncated = 0

    /// - Throws: `HarnessFailure`.
    init(path: String) throws(HarnessFailure) {
        socket = chaos_bind_datagrams(path)
        guard socket >= 0 else { throw .call("bind \(path)") }
    }

    var descriptor: Int32 { socket }

    /// Takes every message that waits.
    mutating func receive() {
        var buffer: [UInt8] = Array(repeating: 0, count: 8_192)
        var passed: [Int32] = Array(repeating: -1, count: 8)
        while true {
            var count = 0
            var isTruncated: Int32 = 0
            let size = route_receive_message(
                socket, &buffer, buffer.count, &passed, &count, &isTruncated)
            guard size >= 0 else { return }
            if isTruncated != 0 { truncated += 1 }
            let text = String(decoding: buffer.prefix(size), as: UTF8.self)
            take(text.split(separator: "\n"), Array(passed.prefix(count)))
        }
    }

    private mutating func take(_ lines: [Substring], _ passed: [Int32]) {
        let name = lines.first { $0.hasPrefix("FDNAME=") }.map { String($0.dropFirst(7)) }
        if lines.contains("READY=1") { readies += 1 }
        if lines.contains("FDSTOREREMOVE=1"), let name {
            for entry in stored where entry.name == name { close(entry.descriptor) }
            stored.removeAll { $0.name == name }
        }
        guard lines.contains("FDSTORE=1") else {
            for descriptor in passed { close(descriptor) }
            return
        }
        for descriptor in passed { stored.append((name ?? "stored", descriptor)) }
        storedMax = max(storedMax, stored.count)
    }
}
