/// The lines of a function's body, from its opening brace to its closing one.
struct FunctionBody: Equatable {
    /// From 1.
    var firstLine: Int
    var lastLine: Int
    var lineCount: Int { lastLine - firstLine + 1 }

    /// The bodies of all functions and initialisers of some code (a `CodeView`'s).
    static func all(in code: [String]) -> [FunctionBody] {
        let declaration = #/(?:^|\s)(?:func\s|(?:convenience\s+)?init[?]?\s*[(<]|deinit\b)/#
        var bodies: [FunctionBody] = []
        for (offset, line) in code.enumerated() {
            guard let match = line.firstMatch(of: declaration.wordBoundaryKind(.simple)) else {
                continue
            }
            // A call such as `self.init(` or `.init(` has no space before `init`.
            let rest = [String(line[match.range.lowerBound...])] + code[(offset + 1)...]
            if let body = body(in: rest, firstLine: offset + 1) { bodies.append(body) }
        }
        return bodies
    }

    private static func body(in lines: [String], firstLine: Int) -> FunctionBody? {
        var parentheses = 0
        var braces = 0
        var start: Int?
        for (offset, line) in lines.enumerated() {
            // A requirement of a protocol has no body: the next declaration comes first.
            if offset > 0, braces == 0, parentheses == 0, startsDeclaration(line) { return nil }
            for character in line {
                switch character {
                case "(": parentheses += 1
                case ")": parentheses -= 1
                case "{" where parentheses <= 0 || braces > 0:
                    if braces == 0 { start = firstLine + offset }
                    braces += 1
                case "}" where parentheses <= 0 || braces > 0:
                    if braces == 0 { return nil }
                    braces -= 1
                    if braces == 0, let start {
                        return FunctionBody(firstLine: start, lastLine: firstLine + offset)
                    }
                default: break
                }
            }
        }
        return nil
    }

    private static func startsDeclaration(_ line: String) -> Bool {
        line.contains(
            #/^\s*(?:@|public |private |package |static |mutating |func |var |let |init|case )/#)
    }
}
