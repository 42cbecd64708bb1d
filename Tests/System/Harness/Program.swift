import Foundation
import Glibc

/// A program that runs to its end.
enum Program {
    /// What a program printed.
    ///
    /// - Throws: `SystemFailure` when it failed.
    static func output(
        of path: String, _ arguments: [String], seconds: Double
    ) throws -> String {
        let folder = try Product.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = open(folder + "/output", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemFailure.call("open") }
        defer { close(file) }
        var environment = ProcessInfo.processInfo.environment.filter {
            ["PATH", "HOME", "LANG", "PIP_INDEX_URL", "PIP_CONFIG_FILE"].contains($0.key)
                || $0.key.lowercased().hasSuffix("_proxy") || $0.key.hasPrefix("SSL_CERT")
        }
        // Loopback is never behind a proxy.
        environment["NO_PROXY"] = "127.0.0.1"
        environment["no_proxy"] = "127.0.0.1"
        let process = try ChildProcess(
            path, arguments, environment: environment, output: file)
        let exit = try process.waitForExit(seconds: seconds)
        let text = (try? String(contentsOfFile: folder + "/output", encoding: .utf8)) ?? ""
        guard exit == .exited(0) else {
            throw SystemFailure("\(path) \(arguments): \(exit)\n\(text.suffix(4000))")
        }
        return text
    }
}
