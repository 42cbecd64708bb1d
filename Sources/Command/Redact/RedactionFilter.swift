import Glibc
import Redaction

/// Copies bytes from one descriptor to another without the secrets among them, or lists these.
///
/// What is decided is passed on after each read; what is held back follows when nothing came for
/// `pause`, and at the end. Memory does not grow with the input, whatever it is.
struct RedactionFilter {
    enum Output {
        /// The text, with a marker in place of each secret.
        case text
        /// A JSON object in a line for each secret: kind, offset and length in bytes.
        case findings
    }

    /// Why copying ended before the input did.
    enum Failure: Error, Equatable {
        case read(code: Int32)
        case write(code: Int32)
    }

    let input: Int32
    let output: Int32
    let form: Output
    /// Milliseconds without input after which nothing is held back any more.
    var pause: Int32 = 50

    private static let readSize = 256 * 1024

    /// Copies until the input ends.
    ///
    /// - Throws: `Failure` with the error number of the call that failed.
    func run() throws(Failure) {
        var redactor = Redactor()
        var piece = [UInt8](repeating: 0, count: Self.readSize)
        var pending: [UInt8] = []
        pending.reserveCapacity(Self.readSize * 2)
        while true {
            if isPaused(pause) {
                step(&pending) { redactor.flush(to: $0, report: $1) }
                try drain(&pending)
            }
            let count = piece.withUnsafeMutableBytes { read(input, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count >= 0 else { throw .read(code: errno) }
            guard count > 0 else { break }
            piece.withUnsafeBytes { bytes in
                step(&pending) {
                    redactor.write(
                        UnsafeRawBufferPointer(rebasing: bytes.prefix(count)), to: $0, report: $1)
                }
            }
            try drain(&pending)
        }
        step(&pending) { redactor.finish(to: $0, report: $1) }
        try drain(&pending)
    }

    /// Collects what one call to the redactor gives.
    private func step(
        _ pending: inout [UInt8],
        _ body: ((UnsafeRawBufferPointer) -> Void, (Finding) -> Void) -> Void
    ) {
        switch form {
        case .text:
            var text: [UInt8] = []
            swap(&text, &pending)
            body({ text.append(contentsOf: $0) }, { _ in })
            swap(&text, &pending)
        case .findings:
            var lines: [UInt8] = []
            swap(&lines, &pending)
            body({ _ in }, { lines.append(contentsOf: Self.line($0).utf8) })
            swap(&lines, &pending)
        }
    }

    /// A kind has letters and hyphens only.
    static func line(_ finding: Finding) -> String {
        "{\"kind\":\"\(finding.kind.name)\",\"offset\":\(finding.offset),\"length\":\(finding.length)}\n"
    }

    /// Whether there is nothing to read for so many milliseconds.
    private func isPaused(_ milliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, milliseconds) == 0
    }

    private func drain(_ pending: inout [UInt8]) throws(Failure) {
        var start = 0
        while start < pending.count {
            let count = pending.withUnsafeBytes { bytes in
                write(output, bytes.baseAddress.map { $0 + start }, bytes.count - start)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .write(code: errno) }
            start += count
        }
        pending.removeAll(keepingCapacity: true)
    }
}
