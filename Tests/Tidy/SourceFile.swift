/// A file of the repository: its text as lines, and for Swift also its code alone.
struct SourceFile {
    /// Relative to the repository's root.
    let path: String
    let lines: [String]
    /// The lines without comments and without the text of string literals, whose quotes and
    /// interpolated code stay: what rules about code look at.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        code = path.hasSuffix(".swift") ? CodeView.lines(of: text) : lines
    }

    var isSwift: Bool { path.hasSuffix(".swift") }
    /// Code that is there to crash, on request of the tests, and that no release is built with.
    var isFaultInjection: Bool { lines.first == "#if FaultInjection" }
    /// Parts of the path; the last is the file's name.
    var parts: [String] { path.split(separator: "/").map(String.init) }
    /// The file's name without its extension.
    var baseName: String {
        let name = parts.last ?? ""
        return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }
    /// The folder below `Sources`, which is the module; nil for files elsewhere.
    var module: String? { parts.count > 2 && parts[0] == "Sources" ? parts[1] : nil }

    /// The line above that one (counted from 0) without its indentation, attributes left out.
    func lineAbove(_ offset: Int) -> Substring? {
        lines[..<offset].reversed().lazy.map { line in line.drop { $0.isWhitespace } }
            .first { !$0.hasPrefix("@") }
    }
}
