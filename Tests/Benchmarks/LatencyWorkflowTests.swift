import Foundation
import Testing

@Suite("The latency workflow runs for what can change latency, on its machine, and for nobody else")
struct LatencyWorkflowTests {
    private static let paths = [
        "Sources/Worker/**", "Sources/IPC/**", "Sources/Tokenization/**", "Sources/Redaction/**",
        "Benchmarks/**", "Package.swift",
    ]
    private static let file = Repository.root
        .appendingPathComponent(".github/workflows/proxy-latency.yml")

    private let workflow: Workflow
    private let job: Workflow.Job

    init() throws {
        workflow = try Workflow(of: Self.file)
        try #require(workflow.jobs.count == 1)
        job = try #require(workflow.jobs["latency"])
    }

    private func runs(_ changed: [String], on branch: String = "main") throws -> Bool {
        try #require(workflow.on.push).runs(for: .branch(branch, changed))
    }

    @Test("a push of documentation alone does not trigger it")
    func documentation() throws {
        let pages = Repository.files(below: "Documentation") + ["README.md", "CONTRIBUTING.md"]
        #expect(pages.contains("Documentation/runner.md"))
        #expect(try !runs(pages))
        #expect(try !runs(pages, on: "feature/words"))
    }

    @Test("a push to any branch that touches a listed path triggers it", arguments: paths)
    func listed(path: String) throws {
        let folder = path.replacing("/**", with: "")
        let files = folder == path ? [path] : Repository.files(below: folder)
        #expect(!files.isEmpty)
        for file in files + (folder == path ? [] : ["\(folder)/New", "\(folder)/a/b/New.swift"]) {
            #expect(try runs([file]), "\(file)")
            #expect(try runs(["README.md", file, "Documentation/design.md"], on: "a/b"))
        }
    }

    @Test(
        "a push that touches what lies beside them does not",
        arguments: [
            "Sources/Accountant/Main.swift", "Sources/Supervisor/Main.swift", "Sources/Worker",
            "Sources/WorkerHelp/A.swift", "Sources/WireFormat/A.swift", "Fuzz/Package.swift",
            "Fuzz/Linked/IPC", "Tests/Worker/RelayTests.swift", "Tests/Benchmarks/Gate.swift",
            "Documentation/Benchmarks/a.md", "Package.swift.orig", "Makefile", "LICENSE",
            ".github/workflows/proxy-latency.yml", ".github/workflows/ci.yml",
        ])
    func beside(path: String) throws {
        #expect(try !runs([path]))
    }

    @Test("the paths are those that were agreed")
    func agreed() throws {
        #expect(try #require(workflow.on.push).paths.map(Set.init) == Set(Self.paths))
    }

    @Test("a tag does not trigger it, which GitHub would run whatever it changes")
    func tags() throws {
        #expect(try !#require(workflow.on.push).runs(for: .tag("v1.0.0")))
    }

    @Test("nothing but a push starts it: no pull request, no other workflow, no clock")
    func events() {
        #expect(workflow.on.names == ["push"])
    }

    @Test("one run at a time; none is cancelled, running or waiting")
    func concurrency() throws {
        let concurrency = try #require(workflow.concurrency)
        // The same group for all branches: there is one machine.
        #expect(!concurrency.group.contains("${{"))
        #expect(concurrency.cancelInProgress != true)
        #expect(concurrency.queue == "max")
    }

    @Test("it runs on the machine that measures, and ends in time")
    func machine() {
        #expect(job.runsOn.names == ["self-hosted", "linux", "nas"])
        #expect(job.timeout != nil)
        #expect(job.condition == "${{ !github.event.repository.fork }}")
    }

    @Test("it may read the repository's content and nothing else, and keeps no token")
    func permissions() throws {
        #expect(workflow.permissions == ["contents": "read"])
        #expect(job.permissions == nil)
        let checkout = try #require(job.steps.first)
        #expect(checkout.action?.hasPrefix("actions/checkout@") == true)
        #expect(checkout.inputs?["persist-credentials"]?.text == "false")
        #expect(try !String(contentsOf: Self.file, encoding: .utf8).contains("secrets."))
    }

    @Test("it builds a release, measures, judges and uploads, and no failure is passed over")
    func steps() throws {
        let scripts = job.steps.compactMap(\.script)
        #expect(scripts.count == 3)
        #expect(
            scripts.first
                == "swift build --configuration release -Xswiftc -enforce-exclusivity=unchecked")
        #expect(scripts.dropFirst().first == "make bench-latency")
        #expect(job.steps.compactMap(\.mayFail).isEmpty && job.mayFail == nil)
        let upload = try #require(job.steps.last)
        #expect(upload.action?.hasPrefix("actions/upload-artifact@") == true)
        #expect(upload.inputs?["path"]?.text == "Benchmarks/Results")
        #expect(upload.inputs?["retention-days"]?.text == "90")
        for step in job.steps where step.condition != nil {
            // After a failure too: what went wrong is what one wants to see.
            #expect(step.condition == "${{ !cancelled() && steps.measure.outcome != 'skipped' }}")
        }
    }

    @Test("the trends lie outside of the checkout, by branch, where the machine's page has them")
    func trends() throws {
        let folder = "/var/lib/dd0c-route-trends"
        #expect(job.environment == ["TRENDS": "\(folder)/${{ github.ref_name }}"])
        let page = Repository.root.appendingPathComponent("Documentation/runner.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        #expect(text.contains("`\(folder)`"))
        #expect(text.contains("\nStateDirectory=dd0c-route-trends\n"))
    }

    @Test(
        "its gate fails at 5.01 ms and passes at 4.99 ms, and leaves trend, plot and summary",
        arguments: [(4_990_000, Int32(0)), (5_010_000, 1)])
    func gate(added: Int, status: Int32) throws {
        let script = try #require(job.steps.first { $0.name == "Gate" }?.script)
        let checkout = try TemporaryFolder()
        try checkout.write(
            LatencyResult(added: added).json, to: "Benchmarks/Results/latency.json")
        try checkout.write("a histogram", to: "Benchmarks/Results/latency-chat.hgrm")
        try FileManager.default.createSymbolicLink(
            atPath: checkout.path("Benchmarks/latency-gate"),
            withDestinationPath: Gate.script.path)
        // The shell as the runner calls it.
        let outcome = try Outcome(
            of: URL(fileURLWithPath: "/bin/bash"), ["-e", checkout.write(script, to: "gate.sh")],
            environment: [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
                "TRENDS": checkout.path("trends/main"),
                "GITHUB_STEP_SUMMARY": checkout.path("summary"),
            ], in: checkout.url)
        #expect(outcome.status == status)
        #expect(try checkout.text("summary").contains("xychart-beta"))
        let results = try checkout.names(in: "Benchmarks/Results")
        #expect(results == ["latency-chat.hgrm", "latency-trend.svg", "latency.json"])
        let run = try #require(try checkout.names(in: "trends/main").first)
        let kept = try checkout.names(in: "trends/main/\(run)")
        #expect(kept == ["latency-chat.hgrm", "latency.json"])
    }
}
