/// Text that no file of the repository has: marks of unfinished work, paths of one machine, white space
/// at the ends of lines.
struct TextRule: Rule {
    // In pieces, so that this file keeps the rule too.
    private static let unfinished = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
    private static let machinePaths = [
        "/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/", "/tmp/br" + "ief",
    ]

    func findings(in file: SourceFile) -> [Finding] {
        var findings: [Finding] = []
        for (offset, line) in file.lines.enumerated() {
            func found(_ message: String) {
                findings.append(Finding(path: file.path, line: offset + 1, message: message))
            }
            let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
            if let mark = Self.unfinished.first(where: { mark in words.contains { $0 == mark } }) {
                found("`\(mark)`: finish it, or leave it out and say so")
            }
            if let path = Self.machinePaths.first(where: line.contains) {
                found("`\(path)` is a path of one machine")
            }
            if line.last?.isWhitespace == true { found("white space at the line's end") }
        }
        if let last = file.lines.last, !last.isEmpty {
            findings.append(
                Finding(
                    path: file.path, line: file.lines.count, message: "no line end at the end"))
        }
        return findings
    }
}
