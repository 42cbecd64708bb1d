import Glibc

/// The accountant's log: one line an event on descriptor 2, from where the supervisor takes it.
struct Log: Sendable {
    /// Takes one line without its end.
    let line: @Sendable (String) -> Void

    init(_ line: @escaping @Sendable (String) -> Void) { self.line = line }

    /// Writes to descriptor 2, whole lines, without a buffer that a crash could lose.
    static let standardError = Log { line in
        var bytes = Array(("accountant: " + line + "\n").utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}
