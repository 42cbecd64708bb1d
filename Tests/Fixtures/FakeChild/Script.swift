import Glibc
import IPC

/// What a fake child is to do: lines of `name` or `name=value`, from its `config` descriptor or a file.
struct Script {
    private var entries: [(name: String, value: String)] = []

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard let name = parts.first else { continue }
            entries.append((String(name), parts.count > 1 ? String(parts[1]) : ""))
        }
    }

    init(descriptor: Int32) throws {
        self.init(
            try SealedMemory.withContent(of: descriptor) { String(decoding: $0, as: UTF8.self) })
    }

    init(file: String) {
        var bytes: [UInt8] = []
        let descriptor = open(file, O_RDONLY)
        if descriptor >= 0 {
            bytes = Array(repeating: 0, count: 64 * 1024)
            let count = read(descriptor, &bytes, bytes.count)
            bytes = Array(bytes.prefix(max(0, count)))
            close(descriptor)
        }
        self.init(String(decoding: bytes, as: UTF8.self))
    }

    func has(_ name: String) -> Bool { entries.contains { $0.name == name } }

    func values(_ name: String) -> [String] { entries.filter { $0.name == name }.map(\.value) }

    func integer<T: FixedWidthInteger>(_ name: String) -> T? {
        values(name).last.flatMap { T($0) }
    }
}
