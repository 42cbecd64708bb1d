/// A file is named after what it holds: `X.swift` declares or extends `X` at its top level, and
/// `X+Y.swift` extends `X`.
struct FileNameRule: Rule {
    func findings(in file: SourceFile) -> [Finding] {
        guard file.isSwift, file.module != nil || file.path.hasPrefix("Benchmarks/") else {
            return []
        }
        let parts = file.baseName.split(separator: "+", maxSplits: 1)
        guard let name = parts.first.map(String.init) else { return [] }
        let kinds =
            parts.count == 2
            ? ["extension"]
            : ["struct", "class", "enum", "actor", "protocol", "typealias", "extension"]
        let isThere = file.code.contains { line in
            // Whole files of conditional code are indented by one level.
            let level = file.isFaultInjection ? line.dropFirst(4) : line[...]
            guard level.first?.isWhitespace == false else { return false }
            let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
            return zip(words, words.dropFirst()).contains {
                kinds.contains(String($0)) && $1 == name
            }
        }
        guard !isThere else { return [] }
        return [
            Finding(
                path: file.path, line: 1,
                message: parts.count == 2
                    ? "does not extend `\(name)`" : "declares no `\(name)` at its top level")
        ]
    }
}
