import Foundation
import Glibc
import Testing

extension SystemTests {
    /// Counts do not depend on how busy the machine is, so they can fail a build where times cannot.
    @Suite(
        "What the worker does for an event stays within its limits",
        .enabled(if: geteuid() == 0, "only root may look into a worker"))
    struct DataPathCostTests {
        /// What was counted, an event.
        private struct Report: Decodable {
            struct Count: Decodable {
                var name: String
                var per_event: Double
                var parts: [String: Double]
            }

            var counts: [Count]
        }

        private static func count(_ name: String, _ limits: [String]) throws -> Report.Count {
            let folder = try Product.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            _ = try Program.output(
                of: "\(Product.repository)/Benchmarks/data-path-cost",
                ["--binaries", Product.folder, "--output", folder, "--only", name] + limits,
                seconds: 300)
            let json = try Data(contentsOf: URL(fileURLWithPath: folder + "/counts.json"))
            return try #require(JSONDecoder().decode(Report.self, from: json).counts.first)
        }

        /// They are the same without optimisation.
        @Test("At most 3.3 system calls, with accounting on")
        func systemCalls() throws {
            let count = try Self.count("syscalls", [])
            // Below, events came together or were not seen: one wakes, one is read, one is written.
            #expect(count.per_event > 2.8 && count.per_event <= 3.3, "\(count.parts)")
            print("system calls an event: \(count.per_event) \(count.parts)")
        }

        /// 2 is the limit of a release (`make bench-counts`). What the optimiser keeps on the stack is
        /// allocated here: 57.7 were counted when a release made 5.0. The limit is a little above, so that
        /// one more for each event is seen and another patch of the compiler is not; lower it with them.
        @Test("At most 58.5 allocations, unoptimised")
        func allocations() throws {
            let count = try Self.count("allocations", ["--allocations-max", "58.5"])
            #expect(count.per_event >= 0)
            print("allocations an event: \(count.per_event) \(count.parts)")
        }

        @Test("Above its limit it fails")
        func fails() throws {
            #expect {
                _ = try Self.count("syscalls", ["--syscalls-max", "1"])
            } throws: {
                "\($0)".contains("an event, at most 1.0")
            }
        }
    }
}
