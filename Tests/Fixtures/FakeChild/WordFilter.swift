import Redaction

/// Masks one word in a stream, however it is cut: the smallest thing that a filter can do.
struct WordFilter: StreamFilter {
    private let word: [UInt8]
    /// Fails at the word, as a filter with a fault in it would.
    private let isBroken: Bool
    private var held: [UInt8] = []

    init(word: String, isBroken: Bool) {
        self.word = Array(word.utf8)
        self.isBroken = isBroken
    }

    mutating func write(
        _ bytes: UnsafeRawBufferPointer, to output: (UnsafeRawBufferPointer) -> Void
    ) {
        for byte in bytes {
            held.append(byte)
            while !word.starts(with: held) { [held.removeFirst()].withUnsafeBytes(output) }
            if held.count == word.count {
                held = []
                if isBroken { fatalError("swordfish") }
                Array("[masked]".utf8).withUnsafeBytes(output)
            }
        }
    }

    mutating func finish(to output: (UnsafeRawBufferPointer) -> Void) { flush(to: output) }

    mutating func flush(to output: (UnsafeRawBufferPointer) -> Void) {
        held.withUnsafeBytes(output)
        held = []
    }
}
