/// A rule of the house, decided for one file at a time.
protocol Rule {
    /// What is wrong in the file; nothing for files that the rule is not about.
    func findings(in file: SourceFile) -> [Finding]
}

extension Rule {
    /// Findings for the lines of code that a pattern matches.
    func matches(
        _ pattern: Regex<Substring>, in file: SourceFile, _ message: String
    ) -> [Finding] {
        let pattern = pattern.wordBoundaryKind(.simple)
        return file.code.enumerated().filter { $0.element.contains(pattern) }.map {
            Finding(path: file.path, line: $0.offset + 1, message: message)
        }
    }
}
