import Foundation
import Testing

@Suite("The machine that measures takes the latency workflow's pushes, nothing else")
struct AdmissionTests {
    private static let file = ".github/workflows/proxy-latency.yml"

    private func status(_ event: String?, _ reference: String?) throws -> Int32 {
        var environment = ["GITHUB_REPOSITORY": "owner/name"]
        environment["GITHUB_EVENT_NAME"] = event
        environment["GITHUB_WORKFLOW_REF"] = reference
        // As the runner calls it.
        return try Outcome(
            of: URL(fileURLWithPath: "/bin/bash"),
            ["-e", Repository.root.appendingPathComponent("Benchmarks/admit-job.sh").path],
            environment: environment
        ).status
    }

    @Test(arguments: ["main", "feature/a", "a b"])
    func pushesAreTaken(branch: String) throws {
        #expect(try status("push", "owner/name/\(Self.file)@refs/heads/\(branch)") == 0)
    }

    @Test(arguments: [
        "pull_request", "pull_request_target", "workflow_dispatch", "schedule", "workflow_run",
        "pull_request_review", "push ", "", nil,
    ])
    func otherEventsAreNot(event: String?) throws {
        #expect(try status(event, "owner/name/\(Self.file)@refs/heads/main") != 0)
    }

    @Test(arguments: [
        "owner/name/\(file)@refs/pull/7/merge", "owner/name/\(file)@refs/tags/v1",
        "stranger/name/\(file)@refs/heads/main", "owner/name/\(file)",
        "owner/name/.github/workflows/ci.yml@refs/heads/main",
        "owner/name/.github/workflows/proxy-latency.yml.yml@refs/heads/main", "", nil,
    ])
    func otherWorkflowsAreNot(reference: String?) throws {
        #expect(try status("push", reference) != 0)
    }
}
