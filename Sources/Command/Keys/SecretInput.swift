import Glibc

/// Reads a secret from standard input, without showing it on a terminal.
enum SecretInput {
    private static let sizeMax = 64 * 1024

    /// The first line's bytes.
    ///
    /// - Throws: `CommandFailure` when there is none.
    static func read() throws(CommandFailure) -> [UInt8] {
        let isTerminal = isatty(STDIN_FILENO) == 1
        var before = termios()
        if isTerminal, tcgetattr(STDIN_FILENO, &before) == 0 {
            Console.error("key (not shown):")
            var silent = before
            silent.c_lflag &= ~tcflag_t(ECHO)
            _ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        }
        defer { if isTerminal { _ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &before) } }
        var content: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while content.count < sizeMax, !content.contains(UInt8(ascii: "\n")) {
            let n = bytes.withUnsafeMutableBytes {
                Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count)
            }
            if n < 0, errno == EINTR { continue }
            guard n > 0 else { break }
            content.append(contentsOf: bytes[..<n])
        }
        return try firstLine(of: content)
    }

    static func firstLine(of content: [UInt8]) throws(CommandFailure) -> [UInt8] {
        var line = content.prefix { $0 != UInt8(ascii: "\n") }
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        guard !line.isEmpty else { throw CommandFailure(.noInput, "no key was given") }
        guard line.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw CommandFailure(.usage, "a key has only printable ASCII characters, no spaces")
        }
        return Array(line)
    }
}
