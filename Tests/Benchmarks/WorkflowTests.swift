import Foundation
import Testing

@Suite("Workflow files are what GitHub takes, and what they run is pinned")
struct WorkflowTests {
    private func check(_ file: URL) throws -> Outcome {
        try Outcome(
            of: PythonTool("check-jsonschema").url,
            ["--builtin-schema", "vendor.github-workflows", file.path])
    }

    @Test("each keeps GitHub's schema")
    func schema() throws {
        let files = try Repository.workflows()
        #expect(files.map(\.lastPathComponent).contains("proxy-latency.yml"))
        for file in files {
            let outcome = try check(file)
            #expect(outcome.status == 0, "\(file.lastPathComponent): \(outcome.output)")
        }
    }

    @Test(
        "one that breaks it is refused",
        arguments: [
            ("runs-on:", "runs_on:"), ("  push:", "  pushed:"), ("      - uses:", "      - use:"),
            ("cancel-in-progress: false", "cancel-in-progress: [maybe]"),
            ("contents: read", "contents: all"), ("jobs:", "job:"), ("jobs:", "jobs: ["),
        ])
    func broken(part: String, replacement: String) throws {
        let name = "proxy-latency.yml"
        let file = try #require(Repository.workflows().first { $0.lastPathComponent == name })
        let text = try String(contentsOf: file, encoding: .utf8)
        let spoilt = text.replacing(part, with: replacement, maxReplacements: 1)
        #expect(spoilt != text)
        let folder = try TemporaryFolder()
        let outcome = try check(URL(fileURLWithPath: folder.write(spoilt, to: name)))
        // 1 is a refusal; other failures of the tool would show nothing.
        #expect(outcome.status == 1)
        #expect(outcome.output.contains(name))
    }

    @Test("actions are pinned to whole commits, and no script is made of what others wrote")
    func pinned() throws {
        for file in try Repository.workflows() {
            let steps = try Workflow(of: file).jobs.values.flatMap(\.steps)
            #expect(!steps.isEmpty)
            for action in steps.compactMap(\.action) {
                #expect(
                    action.wholeMatch(of: #/[\w.-]+/[\w./-]+@[0-9a-f]{40}/#) != nil,
                    "\(file.lastPathComponent): \(action)")
            }
            for script in steps.compactMap(\.script) {
                #expect(!script.contains("${{"), "\(file.lastPathComponent): \(script)")
            }
        }
    }

    @Test("only the latency workflow runs on a machine of our own, and none for strangers there")
    func machines() throws {
        for file in try Repository.workflows() {
            let workflow = try Workflow(of: file)
            #expect(!workflow.on.names.contains("pull_request_target"))
            guard file.lastPathComponent != "proxy-latency.yml" else { continue }
            for label in workflow.jobs.values.flatMap(\.runsOn.names) {
                #expect(
                    label.wholeMatch(of: #/ubuntu-[\w.-]+/#) != nil,
                    "\(file.lastPathComponent): \(label)")
            }
        }
    }

    @Test("where the tools are missing, it is said what makes them")
    func missing() throws {
        let folder = try TemporaryFolder()
        let failure = try #require(throws: PythonTool.Missing.self) {
            try PythonTool("check-jsonschema", in: folder.url)
        }
        #expect(failure.description.contains(".venv/bin/check-jsonschema"))
        #expect(failure.description.hasSuffix("`make test` makes it"))
    }
}
