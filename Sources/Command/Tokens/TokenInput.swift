import Glibc

/// A file, or standard input, that is read to its end.
struct TokenInput {
    let path: String

    /// All bytes.
    ///
    /// - Throws: `CommandFailure` when it cannot be read.
    func all() throws -> [UInt8] {
        var bytes: [UInt8] = []
        try read { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// Calls the closure with what arrives, as it arrives.
    ///
    /// - Throws: `CommandFailure` when it cannot be read, and what the closure throws.
    func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { if path != "-" { close(descriptor) } }
        var space = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = space.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure() }
            if count == 0 { return }
            try space.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }

    private func failure() -> CommandFailure {
        .system(path == "-" ? "standard input" : path, code: errno, status: .noInput)
    }
}
