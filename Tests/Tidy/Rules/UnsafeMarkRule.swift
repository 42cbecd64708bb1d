/// What the compiler is told to believe needs its reason, right above or on the line.
struct UnsafeMarkRule: Rule {
    private static let marks = ["@unchecked Sendable", "nonisolated(unsafe)", "unowned(unsafe)"]

    func findings(in file: SourceFile) -> [Finding] {
        guard file.isSwift else { return [] }
        return file.code.enumerated().compactMap { offset, line in
            guard let mark = Self.marks.first(where: line.contains) else { return nil }
            let above = file.lineAbove(offset)
            let isExplained =
                file.lines[offset].contains("//")
                || above?.hasPrefix("//") == true
            return isExplained
                ? nil
                : Finding(
                    path: file.path, line: offset + 1,
                    message: "`\(mark)` needs a comment that says why it is safe")
        }
    }
}
