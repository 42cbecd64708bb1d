import Glibc
import Redaction

/// Standard output and standard error, unbuffered: what was written is seen, also when the process
/// becomes another one right after.
enum Console {
    /// Writes a line to standard error, without any secret in it.
    static func error(_ line: String) {
        _ = write(Redactor.redact(line) + "\n", to: STDERR_FILENO)
    }

    /// Shows how far something is on the last line of a terminal, in place of what was shown before.
    static func progress(_ text: String) {
        _ = write("\r\u{1b}[K" + text, to: STDERR_FILENO)
    }

    /// Writes a line to standard output.
    ///
    /// - Throws: `CommandFailure` without a line when nobody reads any more.
    static func out(_ line: String) throws(CommandFailure) { try raw(line + "\n") }

    /// Writes a text to standard output as it is.
    ///
    /// - Throws: `CommandFailure` without a line when nobody reads any more.
    static func raw(_ text: String) throws(CommandFailure) {
        guard write(text, to: STDOUT_FILENO) else {
            throw CommandFailure(.inputOutput, lines: [])
        }
    }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let n = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if n < 0, errno == EINTR { continue }
            guard n > 0 else { return false }
            bytes = bytes.dropFirst(n)
        }
        return true
    }
}
