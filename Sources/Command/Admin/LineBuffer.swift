/// Cuts bytes that arrive in pieces into lines.
struct LineBuffer {
    private var rest: [UInt8] = []

    /// The lines that these bytes complete, without their ends; empty lines are left out.
    mutating func add(_ bytes: some Collection<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                rest.append(byte)
                continue
            }
            if let line = finish() { lines.append(line) }
        }
        return lines
    }

    /// What stands behind the last line end; nil when that is nothing.
    mutating func finish() -> String? {
        defer { rest.removeAll(keepingCapacity: true) }
        return rest.isEmpty ? nil : String(decoding: rest, as: UTF8.self)
    }
}
