import Testing

/// Each rule finds what it is there for, and lets pass what is right.
@Suite("The rules of the house catch what breaks them")
struct RuleTests {
    private func lines(
        _ rule: some Rule, _ text: String, path: String = "Sources/Worker/Sample.swift"
    ) -> [Int] {
        rule.findings(in: SourceFile(path: path, text: text)).map(\.line)
    }

    @Test func longFilesAreFound() {
        let line = "let x = 1\n"
        #expect(lines(LengthRule(), String(repeating: line, count: 400)) == [])
        #expect(lines(LengthRule(), String(repeating: line, count: 401)) == [401])
    }

    @Test func longFunctionsAreFound() {
        func function(_ inner: Int) -> String {
            "struct S {\n    func f(\n        _ g: () -> Void = {}\n    ) {\n"
                + String(repeating: "        g()\n", count: inner) + "    }\n}\n"
        }
        #expect(lines(LengthRule(), function(68)) == [])
        #expect(lines(LengthRule(), function(69)) == [4])
    }

    @Test func bodiesAreMeasuredFromBraceToBrace() {
        let code = CodeView.lines(
            of: """
                protocol P {
                    func required()
                    init(x: Int)
                }
                struct S: P {
                    init(x: Int) { let text = "}{" }
                    func required() {
                        // }
                        if true {}
                    }
                }
                """)
        #expect(
            FunctionBody.all(in: code) == [
                FunctionBody(firstLine: 6, lastLine: 6), FunctionBody(firstLine: 7, lastLine: 10),
            ])
    }

    @Test(arguments: [
        "let x = try! f()", "let x = y as! Int", "let x = y.unsafelyUnwrapped",
        "func f() { print(1) }", "debugPrint(x)",
    ])
    func bannedCallsAreFound(sample: String) {
        #expect(lines(BannedCallRule(), sample) == [1])
    }

    @Test(arguments: [
        "let x = \"try! it\"", "// try! as! print(", "let y = blueprint(1)", "sheet.print(x)",
        "try await f()", "let x = a != b",
    ])
    func harmlessCodeIsNoBannedCall(sample: String) {
        #expect(lines(BannedCallRule(), sample) == [])
    }

    @Test func onlyTheCommandPrints() {
        #expect(lines(BannedCallRule(), "print(1)", path: "Sources/Command/A.swift") == [])
        #expect(lines(BannedCallRule(), "print(1)", path: "Sources/Accountant/A.swift") == [1])
    }

    @Test(arguments: ["sleep(1)", "usleep(5)", "try await Task.sleep(for: .seconds(1))"])
    func sleepingTestsAreFound(sample: String) {
        #expect(lines(BannedCallRule(), sample, path: "Tests/IPC/A.swift") == [1])
        #expect(lines(BannedCallRule(), sample, path: "Sources/IPC/A.swift") == [])
    }

    @Test func sleepingScriptsAreFound() {
        #expect(lines(BannedCallRule(), "time.sleep(1)\n", path: "Tests/System/a.py") == [1])
    }

    @Test(arguments: [
        "let x = y!", "let x = f()!", "let x = a[0]!.b", "let x = y?.z!", "fatalError()",
        "precondition(x)", "assert(x)",
    ])
    func trapsOfTheSupervisorAreFound(sample: String) {
        #expect(lines(BannedCallRule(), sample, path: "Sources/Supervisor/A.swift") == [1])
        #expect(lines(BannedCallRule(), sample, path: "Sources/Worker/A.swift") == [])
    }

    @Test(arguments: ["if a != b {}", "if !x {}", "let s = \"a!\"", "guard !(x) else {}"])
    func negationIsNoForcedUnwrap(sample: String) {
        #expect(lines(BannedCallRule(), sample, path: "Sources/Supervisor/A.swift") == [])
    }

    @Test(arguments: [
        #"fatalError("key \(key)")"#, "fatalError(text)", #"precondition(a, "x \(b)")"#,
        "precondition(a(b, c), text)", #"assert(a, "b" + c())"#.replacing("\"b\" + ", with: ""),
        "assertionFailure(describe(x))", "preconditionFailure(\n    text)",
    ])
    func assertionTextsMadeOfValuesAreFound(sample: String) {
        #expect(lines(AssertionTextRule(), sample) == [1])
    }

    @Test(arguments: [
        "fatalError()", #"fatalError("no")"#, "precondition(a < b)",
        #"precondition(a(b, c), "static, with a comma")"#, #"eventLoop.preconditionInEventLoop()"#,
        #"precondition(a == "\(b)", "c")"#, #"self.assert(x, text)"#,
    ])
    func literalAssertionTextsPass(sample: String) {
        #expect(lines(AssertionTextRule(), sample) == [])
    }

    @Test func unexplainedUnsafeMarksAreFound() {
        let rule = UnsafeMarkRule()
        #expect(lines(rule, "final class A: @unchecked Sendable {}") == [1])
        #expect(lines(rule, "let a = 1\nnonisolated(unsafe) var b = 2") == [2])
        #expect(lines(rule, "/// Locked.\nfinal class A: @unchecked Sendable {}") == [])
        #expect(lines(rule, "// Set once.\n@main\nnonisolated(unsafe) var b = 2") == [])
    }

    @Test func unfinishedWorkIsFound() {
        #expect(lines(TextRule(), "// TO" + "DO: later\n") == [1])
        #expect(lines(TextRule(), "let TO" + "DOS = 1\n") == [])
    }

    @Test func pathsOfOneMachineAreFound() {
        #expect(lines(TextRule(), "see /wo" + "rk/main\n", path: "README.md") == [1])
        #expect(lines(TextRule(), "see /var/lib\n", path: "README.md") == [])
    }

    @Test func strayWhiteSpaceIsFound() {
        #expect(lines(TextRule(), "a \nb\n") == [1])
        #expect(lines(TextRule(), "a\nb") == [2])
    }

    @Test(arguments: [
        ("Supervisor", "Foundation"), ("Supervisor", "Configuration"), ("Supervisor", "NIOCore"),
        ("Supervisor", "Dispatch"), ("IPC", "Foundation"), ("IPC", "Configuration"),
        ("Worker", "Accountant"), ("Accountant", "Worker"), ("Command", "Supervisor"),
        ("Configuration", "IPC"), ("WireFormat", "NIOCore"), ("Accountant", "WireFormat"),
        ("Unheard", "Glibc"),
    ])
    func wrongArrowsAreFound(module: String, imported: String) {
        let path = "Sources/\(module)/A.swift"
        #expect(lines(ArrowRule(), "import \(imported)\n", path: path) == [1])
        #expect(lines(ArrowRule(), "@testable import \(imported)\n", path: path) == [1])
        #expect(lines(ArrowRule(), "private import struct \(imported).X\n", path: path) == [1])
    }

    @Test(arguments: [
        ("Supervisor", "IPC"), ("Supervisor", "Glibc"), ("Worker", "WireFormat"),
        ("Worker", "NIOCore"), ("Command", "Foundation"), ("Accountant", "GRDB"),
    ])
    func rightArrowsPass(module: String, imported: String) {
        #expect(
            lines(ArrowRule(), "import \(imported)\n", path: "Sources/\(module)/A.swift") == [])
    }

    @Test func misnamedFilesAreFound() {
        let rule = FileNameRule()
        #expect(lines(rule, "struct Sample {}\n") == [])
        #expect(lines(rule, "public final class Sample: P {}\n") == [])
        #expect(lines(rule, "struct Other {\n    struct Sample {}\n}\n") == [1])
        #expect(lines(rule, "// struct Sample\nstruct Other {}\n") == [1])
        #expect(lines(rule, "extension A {}\n", path: "Sources/Worker/A+B.swift") == [])
        #expect(lines(rule, "struct A {}\n", path: "Sources/Worker/A+B.swift") == [1])
    }

    @Test func undocumentedDeclarationsAreFound() {
        let rule = DocumentationRule()
        #expect(lines(rule, "public struct A {}\n") == [1])
        #expect(lines(rule, "/// A.\npublic struct A {}\n") == [])
        #expect(lines(rule, "/// A.\n@frozen\npublic struct A {}\n") == [])
        #expect(lines(rule, "    public mutating func f() {}\n") == [1])
        #expect(lines(rule, "    package static let a = 1\n") == [1])
        #expect(lines(rule, "    public init(a: Int) {}\n") == [])
        #expect(lines(rule, "    func f() {}\n") == [])
    }

    @Test func codeViewKeepsInterpolatedCode() {
        let view = CodeView.lines(of: #"let a = "x \(f("y")) z" // c"#)
        #expect(view == [#"let a = "  \(f(" "))  "     "#])
    }

    @Test func codeViewUnderstandsRawAndLongLiterals() {
        #expect(
            CodeView.lines(of: ##"a(#"x" \(y)"#, b)"##) == [
                ##"a(#"          "#, b)"##.replacing("          ", with: "       ")
            ])
        #expect(
            CodeView.lines(of: "let a = \"\"\"\n  \"q\" //\n  \"\"\"\nb") == [
                "let a = \"\"\"", "        ", "  \"\"\"", "b",
            ])
    }
}
