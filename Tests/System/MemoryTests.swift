import Foundation
import Glibc
import Testing

extension SystemTests {
    @Suite("A worker's memory gives no provider key away")
    struct MemoryTests {
        private static var isRoot: Bool { geteuid() == 0 }

        /// Whether one of the texts is in the file.
        private func isIn(_ path: String, _ texts: [String]) throws -> Bool {
            let patterns = path + ".patterns"
            try texts.joined(separator: "\n").write(
                toFile: patterns, atomically: false, encoding: .utf8)
            let grep = try ChildProcess(
                "/usr/bin/grep", ["-q", "-a", "-F", "-f", patterns, path],
                environment: ["LC_ALL": "C"], output: STDERR_FILENO)
            switch try grep.waitForExit(seconds: 120) {
            case .exited(0): return true
            case .exited(1): return false
            case let exit: throw SystemFailure("grep: \(exit)")
            }
        }

        @Test("to another user, who cannot read it at all", .enabled(if: isRoot, "needs root"))
        func otherUsers() throws {
            let gateway = try Gateway(mock: try Mock())
            for child in gateway.children {
                for file in ["mem", "environ"] {
                    #expect(throws: SystemFailure.self, "\(child.name) \(file)") {
                        _ = try Program.output(
                            of: "/usr/bin/setpriv",
                            [
                                "--reuid=65534", "--regid=65534", "--clear-groups", "--",
                                "/usr/bin/head", "-c", "1", "/proc/\(child.pid)/\(file)",
                            ], seconds: 30)
                    }
                }
            }
        }

        @Test(
            "to root's core of a live one, once its requests are over",
            .enabled(if: isRoot, "needs root"))
        func core() throws {
            let mock = try Mock()
            let secure = try SecureMock()
            defer { try? FileManager.default.removeItem(atPath: secure.folder) }
            var settings = Gateway.Settings()
            settings.models = "  - { match: \"tls\", provider: tls }"
            let gateway = try Gateway(mock: mock, settings) { folder in
                """
                  tls:
                    family: openai
                    base_url: https://localhost:\(secure.mock.port)/v1
                    api_key: { file: \(folder)/key }
                    ca_file: \(secure.folder)/cert.pem
                """
            }
            // Answers, errors, broken answers, clients that leave: each way out. What a provider quotes
            // of the key is another matter: it stays where it was received until that is used again.
            let client = LoadClient()
            let mocks = [
                "n=5", "fault=reset", "fault=status&status=500", "fault=eof&at=20", "us=1",
            ]
            let streams = client.open(200, port: gateway.httpPort) { index in
                Request(
                    model: index % 2 == 0 ? "mock" : "tls", mock: mocks[index / 2 % mocks.count])
            }
            for stream in streams { try stream.waitForEnd() }
            let left = try client.open(20, port: gateway.httpPort) { _ in
                Request(mock: "n=1000&us=50000")
            }.map { stream in
                try stream.waitForEvents(1)
                try stream.leave(reset: true)
                return stream
            }
            _ = try gateway.settledUsage(streams.count + left.count)
            #expect(try mock.totals("wait_until_idle=1").in_flight == 0)
            for worker in gateway.workers {
                _ = try Program.output(
                    of: "/usr/bin/gcore", ["-o", gateway.folder + "/core", "\(worker)"],
                    seconds: 120)
                let path = gateway.folder + "/core.\(worker)"
                // It is a core of that process, and what is in its ordinary memory is there.
                #expect(try isIn(path, ["127.0.0.1:\(mock.port)"]))
                let key = Array(Gateway.providerKey)
                let windows = (0...(key.count - 12)).map { String(key[$0..<($0 + 12)]) }
                #expect(try !isIn(path, windows), "bytes of the key are in the core")
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }
}
