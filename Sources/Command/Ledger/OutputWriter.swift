import Glibc

/// Writes text to a file or to standard output in large pieces.
struct OutputWriter {
    private static let bufferMax = 64 * 1024
    private let descriptor: Int32
    private let path: String?
    private var buffer: [UInt8] = []

    /// - Parameter path: a file that is made, or emptied, for its owner alone; nil: standard output.
    /// - Throws: `CommandFailure`.
    init(path: String?) throws(CommandFailure) {
        self.path = path
        guard let path else {
            descriptor = STDOUT_FILENO
            return
        }
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .system("\(path) cannot be written", code: errno, status: .cannotCreate)
        }
    }

    /// - Throws: `CommandFailure`, without a line when nobody reads standard output any more.
    mutating func write(_ text: String) throws(CommandFailure) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.bufferMax { try flush() }
    }

    /// Writes the rest; a file is on disk then.
    ///
    /// - Throws: `CommandFailure`.
    mutating func finish() throws(CommandFailure) {
        try flush()
        guard let path else { return }
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
            throw .system("\(path) cannot be written", code: errno, status: .inputOutput)
        }
        close(descriptor)
    }

    private mutating func flush() throws(CommandFailure) {
        var rest = buffer[...]
        while !rest.isEmpty {
            let n = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if n < 0, errno == EINTR { continue }
            guard n > 0 else {
                guard let path else { throw CommandFailure(.inputOutput, lines: []) }
                throw .system("\(path) cannot be written", code: errno, status: .inputOutput)
            }
            rest = rest.dropFirst(n)
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
