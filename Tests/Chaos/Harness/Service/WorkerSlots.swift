import Glibc

/// Which worker's slot a process has or had, as the gateway's log tells.
struct WorkerSlots {
    private var slots: [pid_t: Int] = [:]
    private var offset = 0
    private var line: [UInt8] = []

    /// Reads what the log has grown by.
    mutating func read(log path: String) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        var space: [UInt8] = Array(repeating: 0, count: 65_536)
        while case let count = pread(file, &space, space.count, off_t(offset)), count > 0 {
            offset += count
            take(space[..<count])
        }
    }

    /// Takes lines such as `supervisor: worker[2] pid 4711 started`, in pieces of any size.
    mutating func take(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            guard byte == 10 else {
                line.append(byte)
                continue
            }
            if line.count < 1_000 { read(String(decoding: line, as: UTF8.self)) }
            line.removeAll(keepingCapacity: true)
        }
    }

    private mutating func read(_ line: String) {
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(where: { $0.hasPrefix("worker[") }),
            words.count > place + 3, words[place + 1] == "pid",
            words[place + 3].hasPrefix("started"), let pid = pid_t(words[place + 2]),
            let slot = Int(words[place].dropFirst(7).prefix { $0 != "]" })
        else { return }
        slots[pid] = slot
    }

    subscript(pid: pid_t) -> Int? { slots[pid] }
}
