import Testing

/// The house rules, held against every file of the repository.
@Suite("The repository keeps the rules of the house")
struct TidyTests {
    private static let files = Result { try Repository.files() }

    private func expectClean(_ rule: some Rule) throws {
        let files = try Self.files.get()
        // A wrong root would make every rule hold.
        #expect(files.contains { $0.path == "Sources/IPC/Wire/Frame.swift" })
        for finding in files.flatMap({ rule.findings(in: $0) }) {
            Issue.record("\(finding)")
        }
    }

    @Test("files have at most 400 lines, functions 70")
    func lengths() throws { try expectClean(LengthRule()) }

    @Test("nothing traps, prints or sleeps where it must not")
    func bannedCalls() throws { try expectClean(BannedCallRule()) }

    @Test("texts of assertions are literals")
    func assertionTexts() throws { try expectClean(AssertionTextRule()) }

    @Test("unsafe marks are explained")
    func unsafeMarks() throws { try expectClean(UnsafeMarkRule()) }

    @Test("no unfinished work, no machine's paths, no stray white space")
    func texts() throws { try expectClean(TextRule()) }

    @Test("arrows between modules point one way")
    func arrows() throws { try expectClean(ArrowRule()) }

    @Test("files are named after what they hold")
    func fileNames() throws { try expectClean(FileNameRule()) }

    @Test("public declarations are documented")
    func documentation() throws { try expectClean(DocumentationRule()) }
}
