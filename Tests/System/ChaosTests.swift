import Foundation
import Glibc
import Testing

extension SystemTests {
    @Suite("Under chaos the three books agree")
    struct ChaosTests {
        /// `make chaos` is the long form.
        @Test("1,500 streams and 15 kills; the seed is in the report")
        func shortForm() throws {
            let folder = try Product.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let report = folder + "/report"
            let output = open(report, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            try #require(output >= 0)
            defer { close(output) }
            let chaos = try ChildProcess(
                Product.folder + "/Chaos",
                ["--streams", "1500", "--kills", "15", "--pause", "1200"], output: output)
            let exit = try chaos.waitForExit(seconds: 240)
            let text = try String(contentsOfFile: report, encoding: .utf8)
            #expect(exit == .exited(0), "\(text)")
            #expect(text.contains("differences: none"), "\(text)")
        }
    }
}
