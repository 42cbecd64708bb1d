/// The texts of assertions are literals: Swift writes them to standard error before anything of ours
/// could redact them, so a text made from values leaks those values.
struct AssertionTextRule: Rule {
    private static let names = [
        "fatalError", "precondition", "preconditionFailure", "assert", "assertionFailure",
    ]

    func findings(in file: SourceFile) -> [Finding] {
        guard file.isSwift, !file.isFaultInjection else { return [] }
        var findings: [Finding] = []
        for (offset, line) in file.code.enumerated() {
            for name in Self.names {
                guard let range = line.firstRange(of: "\(name)("),
                    range.lowerBound == line.startIndex
                        || !Self.isPartOfName(line[line.index(before: range.lowerBound)])
                else { continue }
                let rest = [String(line[range.upperBound...])] + file.code[(offset + 1)...]
                if !Self.isStatic(Self.arguments(rest), of: name) {
                    findings.append(
                        Finding(
                            path: file.path, line: offset + 1,
                            message: "the text of `\(name)` must be a literal without values"))
                }
            }
        }
        return findings
    }

    private static func isPartOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "."
    }

    /// The arguments of a call, split at its own commas.
    private static func arguments(_ lines: [String]) -> [String] {
        var depth = 0
        var arguments = [""]
        for character in lines.joined(separator: "\n") {
            if "([{".contains(character) { depth += 1 }
            if ")]}".contains(character) { depth -= 1 }
            if depth < 0 { break }
            if character == ",", depth == 0 {
                arguments.append("")
            } else {
                arguments[arguments.count - 1].append(character)
            }
        }
        return arguments.map { $0.trimmingPrefix { $0.isWhitespace } }.map(String.init)
            .filter { !$0.isEmpty }
    }

    private static func isStatic(_ arguments: [String], of name: String) -> Bool {
        let hasCondition = name == "precondition" || name == "assert"
        let texts = arguments.dropFirst(hasCondition ? 1 : 0).filter {
            !$0.hasPrefix("file:") && !$0.hasPrefix("line:")
        }
        return texts.allSatisfy { $0.hasPrefix("\"") && !$0.contains("\\(") }
    }
}
