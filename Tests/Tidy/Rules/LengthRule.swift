/// No file is longer than 400 lines and no function's body longer than 70: both fit into a head.
struct LengthRule: Rule {
    static let fileMax = 400
    static let functionMax = 70
    private static let extensions = [".swift", ".c", ".h", ".py", ".sh"]

    func findings(in file: SourceFile) -> [Finding] {
        guard Self.extensions.contains(where: file.path.hasSuffix) else { return [] }
        var findings: [Finding] = []
        let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
        if count > Self.fileMax {
            findings.append(
                Finding(
                    path: file.path, line: Self.fileMax + 1,
                    message: "\(count) lines; at most \(Self.fileMax)"))
        }
        guard file.isSwift else { return findings }
        for body in FunctionBody.all(in: file.code) where body.lineCount > Self.functionMax {
            findings.append(
                Finding(
                    path: file.path, line: body.firstLine,
                    message: "a function of \(body.lineCount) lines; at most \(Self.functionMax)"))
        }
        return findings
    }
}
