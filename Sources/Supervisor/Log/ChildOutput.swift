import Redaction

/// What a child writes, made into lines that may be logged: redacted as a stream, since a secret can lie
/// across two writes or two lines, then split. Memory is bounded whatever it writes.
struct ChildOutput {
    private var filter: any StreamFilter
    private var splitter = LineSplitter()

    init(filter: any StreamFilter) { self.filter = filter }

    /// Goes on in the middle of what a child writes.
    ///
    /// - Parameter line: the line that has begun, as `position` gave it.
    init(filter: any StreamFilter, line: LineSplitter.Begun) {
        self.filter = filter
        splitter = LineSplitter(resuming: line)
    }

    /// Where it stands after `flush`, for one that is to go on; nil while the filter cannot be left.
    var position: (context: Redactor.Context, line: LineSplitter.Begun)? {
        guard let context = (filter as? Redactor)?.context else { return nil }
        return (context, splitter.begun)
    }

    /// Takes the next bytes and gives the lines that they complete.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> [String] {
        var clean: [UInt8] = []
        filter.write(bytes) { clean.append(contentsOf: $0) }
        return split(clean)
    }

    /// The lines that the filter held back: nothing follows for now.
    mutating func flush() -> [String] {
        var clean: [UInt8] = []
        filter.flush { clean.append(contentsOf: $0) }
        return split(clean)
    }

    /// All that is left, a line without its end too: nothing follows.
    mutating func finish() -> [String] {
        var clean: [UInt8] = []
        filter.finish { clean.append(contentsOf: $0) }
        var lines = split(clean)
        splitter.finish { lines.append(Self.text(of: $0)) }
        return lines
    }

    private mutating func split(_ clean: [UInt8]) -> [String] {
        var lines: [String] = []
        clean.withUnsafeBytes { bytes in
            splitter.take(bytes) { lines.append(Self.text(of: $0)) }
        }
        return lines
    }

    private static func text(of line: LineSplitter.Line) -> String {
        let text = PrintableText.escape(line.bytes)
        return (line.continues ? "[continued] " : "") + text + (line.isCut ? " [cut]" : "")
    }
}
