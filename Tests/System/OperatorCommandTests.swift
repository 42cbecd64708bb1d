import Foundation
import Glibc
import Testing

extension SystemTests {
    @Suite("The operator's commands and a running gateway")
    struct OperatorCommandTests {
        private static func run(_ gateway: Gateway, _ arguments: String...) throws -> String {
            try Program.output(of: "\(Product.folder)/dd0c-route", arguments, seconds: 120)
        }

        /// What a command that must fail has printed, with its exit. Where nobody listens it fails at once: the
        /// guard is below the minute that an answer may take.
        private static func failure(_ arguments: String...) -> String {
            do {
                _ = try Program.output(
                    of: "\(Product.folder)/dd0c-route", arguments, seconds: 30)
                return "it succeeded"
            } catch {
                return "\(error)"
            }
        }

        @Test("A reload waits for its outcome, and fails with the reason")
        func reload() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let config = "\(gateway.folder)/config.yaml"
            let admin = "127.0.0.1:\(gateway.adminPort)"
            let old = Set(gateway.workers)
            let said = try Self.run(gateway, "reload", "--config", config, "--admin", admin)
            #expect(said == "reloaded (pid \(gateway.process.pid))\n")
            // The new generation serves when the command ends; the old one may still drain.
            #expect(Set(gateway.workers).subtracting(old).count == 2)
            // Valid in itself, and not for the gateway that runs.
            let text = try String(contentsOfFile: config, encoding: .utf8)
            try (text.replacing("\(gateway.folder)/key }", with: "\(gateway.folder)/none }"))
                .write(toFile: config, atomically: true, encoding: .utf8)
            let refused = Self.failure("reload", "--config", config, "--admin", admin)
            #expect(refused.contains("exited(78)"), "\(refused)")
            #expect(refused.contains("the new configuration is not valid"), "\(refused)")
            #expect(refused.contains("api_key") && refused.contains("/none"), "\(refused)")
            #expect(try Connection.ask(Request().bytes, port: gateway.httpPort).status == 200)
            try text.write(toFile: config, atomically: true, encoding: .utf8)
            let requested = try Self.run(gateway, "reload", "--config", config, "--no-wait")
            #expect(requested.contains("its log tells the outcome"))
            let elsewhere = Self.failure("reload", "--config", config, "--admin", "127.0.0.1:1")
            #expect(elsewhere.contains("exited(69)"), "\(elsewhere)")
        }

        @Test("Status shows the processes, also after a worker has died")
        func status() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let admin = "127.0.0.1:\(gateway.adminPort)"
            let victim = try #require(gateway.workers.first)
            kill(victim, SIGKILL)
            try gateway.waitForWorkers(2, without: [victim])
            let pids = [gateway.process.pid, try #require(gateway.accountant)] + gateway.workers
            // Memory is known once a process has answered a ping.
            let table = try HangGuard.poll(for: "a table with memory") {
                let table = try Self.run(gateway, "status", "--admin", admin)
                return table.components(separatedBy: " MiB").count == 5 ? table : nil
            }
            for pid in pids { #expect(table.contains(" \(pid) "), "\(table)") }
            #expect(table.contains("was killed by signal 9 (SIGKILL)"))
            #expect(table.hasPrefix("Serving, 2 of 2 workers ready"))
            let object = try JSONSerialization.jsonObject(
                with: Data(
                    try Self.run(gateway, "status", "--admin", admin, "--format", "json").utf8))
            let status = try #require(object as? [String: Any])
            let processes = try #require(status["processes"] as? [[String: Any]])
            #expect(
                processes.compactMap { $0["role"] as? String }.sorted() == [
                    "accountant", "supervisor", "worker", "worker",
                ])
            #expect(processes.compactMap { $0["restarts"] as? Int }.reduce(0, +) == 1)
            #expect(status["ledger_lag_ms"] as? Int == 0)
            // The test plays the service manager, so there is a store.
            #expect(status["stored_descriptors"] as? Int ?? 0 >= 4)
            let nobody = Self.failure("status", "--admin", "127.0.0.1:1")
            #expect(nobody.contains("exited(69)") && nobody.contains("no gateway answers"))
        }

        @Test("A backup of a ledger that is being written is whole")
        func backup() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let streams = LoadClient().open(200, port: gateway.httpPort) {
                Request(model: "mock-\($0)", mock: "n=\(1 + $0 % 40)&us=20000&seed=\($0)")
            }
            let file = "\(gateway.folder)/copy.sqlite"
            for round in stride(from: 0, to: streams.count, by: 50) {
                // A stream's end is in the ledger a moment after the client has seen it.
                try HangGuard.poll(for: "more than \(round) records") {
                    try gateway.usage().count > round ? () : nil
                }
                try? FileManager.default.removeItem(atPath: file)
                _ = try Self.run(
                    gateway, "ledger", "backup", "--state-directory", gateway.stateFolder, file)
                var information = stat()
                #expect(stat(file, &information) == 0 && information.st_mode & 0o777 == 0o600)
                #expect(!FileManager.default.fileExists(atPath: file + "-wal"))
                #expect(!FileManager.default.fileExists(atPath: file + "-journal"))
                _ = try Self.run(gateway, "ledger", "verify", "--file", file)
                let export = try Self.run(
                    gateway, "ledger", "export", "--file", file, "--format", "json")
                #expect(export.split(separator: "\n").count > round)
            }
            for stream in streams { try stream.waitForEnd() }
            let again = Self.failure(
                "ledger", "backup", "--state-directory", gateway.stateFolder, file)
            #expect(again.contains("exited(73)") && again.contains("cannot be made"), "\(again)")
            // A gateway goes on with the copy.
            let restored = try Product.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: restored) }
            try FileManager.default.copyItem(atPath: file, toPath: "\(restored)/ledger.sqlite")
            var settings = Gateway.Settings()
            settings.stateFolder = restored
            let other = try Gateway(mock: mock, settings)
            #expect(try other.usage().count > 100)
            #expect(try Connection.ask(Request().bytes, port: other.httpPort).status == 200)
        }
    }
}
