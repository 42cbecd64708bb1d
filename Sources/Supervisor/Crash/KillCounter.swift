import Glibc

/// Whether the kernel has killed for want of memory, as far as its counters say: they name no process.
struct KillCounter: Sendable {
    /// The service's own cgroup, where there is a second version of them, and the whole machine.
    private let files: [String]
    private var counts: [UInt64]

    init() {
        var files = ["/proc/vmstat"]
        let groups = Self.text(of: "/proc/self/cgroup")
        if let line = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::") }) {
            files.append("/sys/fs/cgroup\(line.dropFirst(3))/memory.events")
        }
        self.files = files
        counts = files.map { Self.count(in: Self.text(of: $0)) }
    }

    /// Whether one of the counters has moved since the last time.
    mutating func hasMoved() -> Bool {
        let before = counts
        counts = files.map { Self.count(in: Self.text(of: $0)) }
        return counts != before
    }

    /// The number behind `oom_kill`; 0 when there is none.
    static func count(in text: String) -> UInt64 {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "oom_kill" { return UInt64(words[1]) ?? 0 }
        }
        return 0
    }

    private static func text(of path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = Array(repeating: 0, count: 32 * 1024)
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
