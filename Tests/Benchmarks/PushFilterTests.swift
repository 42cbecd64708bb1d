import Testing

/// The examples are those of GitHub's "Filter pattern cheat sheet" and of "Workflow syntax".
@Suite("Filters of pushes are read as GitHub reads them")
struct PushFilterTests {
    @Test(arguments: [
        ("feature/*", "feature/my-branch", true), ("feature/*", "feature/beta-a/my-branch", false),
        ("feature/**", "feature/beta-a/my-branch", true), ("main", "main", true),
        ("main", "maintenance", false), ("*", "main", true),
        ("*", "all/the/branches", false), ("**", "all/the/branches", true),
        ("*feature", "mona-feature", true), ("*feature", "a/feature", false),
        ("v2*", "v2.9", true), ("v2*", "v1.9", false),
        ("*.js", "app.js", true), ("*.js", "js/index.js", false), ("**.js", "src/js/app.js", true),
        ("docs/*", "docs/README.md", true), ("docs/*", "docs/mona/octocat.txt", false),
        ("docs/**", "docs/mona/octocat.txt", true), ("docs/**", "other/docs/a", false),
        ("docs/**/*.md", "docs/README.md", true),
        ("docs/**/*.md", "docs/mona/hello-world.md", true),
        ("docs/**/*.md", "docs/a/markdown/file.md", true), ("docs/**/*.md", "docs/a.txt", false),
        ("**/docs/**", "docs/hello.md", true), ("**/docs/**", "dir/docs/my-file.txt", true),
        ("**/docs/**", "mydocs/hello.md", false), ("**/README.md", "README.md", true),
        ("**/README.md", "js/README.md", true), ("**/*-post.md", "path/their-post.md", true),
    ])
    func pattern(pattern: String, name: String, expected: Bool) throws {
        #expect(try FilterPattern(pattern).matches(name) == expected)
    }

    @Test(arguments: ["*.jsx?", "v[12].[0-9]+.[0-9]+", "a\\*", "", "!"])
    func whatIsNotReadIsRefused(pattern: String) {
        #expect(throws: FilterPattern.Unread.self) { try FilterPattern(pattern) }
    }

    private func runs(_ filter: PushFilter, _ changed: String...) throws -> Bool {
        try filter.runs(for: .branch("main", changed))
    }

    @Test func onePathIsEnough() throws {
        let filter = PushFilter(paths: ["sub-project/**"])
        #expect(try runs(filter, "README.md", "sub-project/index.js"))
        #expect(try !runs(filter, "README.md", "src/index.js"))
        #expect(try !filter.runs(for: .branch("main", [])))
    }

    @Test func theLastPatternThatMatchesDecides() throws {
        let without = PushFilter(paths: ["sub-project/**", "!sub-project/docs/**"])
        #expect(try !runs(without, "sub-project/docs/readme.md"))
        #expect(try runs(without, "sub-project/docs/readme.md", "sub-project/index.js"))
        let again = PushFilter(paths: ["!sub-project/docs/**", "sub-project/**"])
        #expect(try runs(again, "sub-project/docs/readme.md"))
    }

    @Test func bothFiltersHaveToLetThePushPass() throws {
        let filter = PushFilter(branches: ["releases/**"], paths: ["**.js"])
        #expect(try filter.runs(for: .branch("releases/1", ["a/index.js"])))
        #expect(try !filter.runs(for: .branch("releases/1", ["a/index.md"])))
        #expect(try !filter.runs(for: .branch("main", ["a/index.js"])))
    }

    @Test func pathsAreNotLookedAtForTags() throws {
        let paths = ["src/**"]
        #expect(try PushFilter(paths: paths).runs(for: .tag("v1")))
        #expect(try !PushFilter(branches: ["**"], paths: paths).runs(for: .tag("v1")))
        #expect(try PushFilter(branches: ["**"], tags: ["v*"], paths: paths).runs(for: .tag("v1")))
        #expect(try !PushFilter(tags: ["v*"]).runs(for: .branch("main", ["src/a"])))
    }
}
