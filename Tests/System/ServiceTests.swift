import Foundation
import Glibc
import Testing

extension SystemTests {
    @Suite("The service stops, reloads and heals without losing a stream or a bill")
    struct ServiceTests {
        @Test("SIGTERM under load: streams finish, all are settled, the exit status is 0")
        func drains() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let client = LoadClient()
            let streams = client.open(60, port: gateway.httpPort) {
                Request(model: "mock-\($0)", mock: "n=40&us=50000&seed=\($0)")
            }
            for stream in streams { try stream.waitForEvents(3) }
            gateway.process.signal(SIGTERM)
            for stream in streams { #expect(try stream.waitForEnd().ending == .complete) }
            #expect(try gateway.process.waitForExit() == .exited(0))
            let rows = try ledger(of: gateway, mock, streams.count)
            #expect(rows.allSatisfy { $0.outcome == "completed" })
            #expect(rows.allSatisfy { $0.completion_tokens?.reported == 40 })
        }

        @Test("With a drain time of 1 s the rest end with an error event, and are settled")
        func drainTimeIsOver() throws {
            let mock = try Mock()
            var settings = Gateway.Settings()
            settings.drainTimeout = "1s"
            let gateway = try Gateway(mock: mock, settings)
            let client = LoadClient()
            let streams = client.open(40, port: gateway.httpPort) {
                var request = Request(model: "mock-\($0)", mock: "n=2000&us=50000")
                if $0 % 4 == 1 {
                    request.endpoint = .messages
                    request.model = "claude-\($0)"
                }
                return request
            }
            for stream in streams { try stream.waitForEvents(3) }
            gateway.process.signal(SIGTERM)
            for stream in streams {
                let state = try stream.waitForEnd(seconds: 20)
                #expect(state.ending == .complete)
                #expect(state.reader.events.last.last?.contains("\"error\"") == true, "\(state)")
            }
            #expect(try gateway.process.waitForExit() == .exited(0))
            let rows = try ledger(of: gateway, mock, streams.count)
            #expect(rows.allSatisfy { $0.outcome == "drained" })
            #expect(try mock.totals("wait_until_idle=1").in_flight == 0)
        }

        /// What a stopped gateway left in its ledger, read by a new one.
        private func ledger(of gateway: Gateway, _ mock: Mock, _ count: Int) throws -> [UsageRow] {
            var settings = Gateway.Settings()
            settings.stateFolder = gateway.stateFolder
            let rows = try Gateway(mock: mock, settings).settledUsage(count)
            #expect(rows.count == count)
            #expect(Set(rows.map(\.model)).count == count)
            return rows
        }

        @Test("SIGHUP with a wrong file: the old configuration stays, the log names line and key")
        func wrongReload() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let workers = Set(gateway.workers)
            let path = gateway.folder + "/config.yaml"
            let right = try String(contentsOfFile: path, encoding: .utf8)
            let wrong = right.replacingOccurrences(of: "drain_timeout:", with: "drain_timeuot:")
            try wrong.write(toFile: path, atomically: true, encoding: .utf8)
            gateway.process.signal(SIGHUP)
            let line = try HangGuard.poll(for: "the refusal in the log") {
                gateway.log.split(separator: "\n").first { $0.contains("drain_timeuot") }
            }
            // The key stands on line 5 of the file.
            #expect(line.contains("config.yaml") && line.contains("5"), "\(line)")
            #expect(try Connection.ask(Request().bytes, port: gateway.httpPort).status == 200)
            #expect(Set(gateway.workers) == workers)
            #expect(gateway.process.pollExit() == nil)
        }

        @Test("SIGHUP with a good file: new workers, old streams finish, nobody is refused")
        func goodReload() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let client = LoadClient()
            let old = Set(gateway.workers)
            let before = Request(model: "fresh-1")
            #expect(try Connection.ask(before.bytes, port: gateway.httpPort).status == 404)
            let streams = client.open(60, port: gateway.httpPort) {
                Request(model: "mock-\($0)", mock: "n=60&us=50000&seed=\($0)")
            }
            for stream in streams { try stream.waitForEvents(3) }
            let prober = Prober(port: gateway.httpPort)
            try gateway.rewriteConfiguration {
                $0.models = "  - { match: \"fresh-*\", provider: openai }"
            }
            gateway.process.signal(SIGHUP)
            try HangGuard.poll(for: "the new configuration") {
                try Connection.ask(before.bytes, port: gateway.httpPort).status == 200 ? () : nil
            }
            #expect(Set(gateway.workers).isSubset(of: old) == false)
            for stream in streams { #expect(try stream.waitForEnd().ending == .complete) }
            let new = try gateway.waitForWorkers(2, without: old)
            #expect(old.isDisjoint(with: new))
            let probed = try prober.stop()
            #expect(probed.refusals.isEmpty)
            // Nor was any accepted and then left without an answer.
            #expect(probed.answered == probed.connected)
            let rows = try gateway.settledUsage(streams.count) {
                $0.model?.hasPrefix("mock-") == true
            }
            #expect(rows.count == streams.count)
            #expect(rows.allSatisfy { $0.outcome == "completed" })
        }

        @Test("A worker that hangs is replaced")
        func hangingWorker() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let victim = try #require(gateway.workers.first)
            kill(victim, SIGSTOP)
            try gateway.waitForWorkers(2, without: [victim], seconds: 90)
            for _ in 0..<10 {
                #expect(try Connection.ask(Request().bytes, port: gateway.httpPort).status == 200)
            }
            _ = try gateway.settledUsage(10)
        }

        @Test("Without the vocabularies no worker starts, and it is said which file is missing")
        func noVocabularies() throws {
            let folder = Product.folder + "/bare-\(getpid())"
            let files = FileManager.default
            try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? files.removeItem(atPath: folder) }
            for name in Product.executables {
                try files.linkItem(atPath: Product.folder + "/" + name, toPath: folder + "/" + name)
            }
            let mock = try Mock()
            var settings = Gateway.Settings()
            settings.executables = folder
            settings.waitsForReady = false
            let gateway = try Gateway(mock: mock, settings)
            let exit = try gateway.process.waitForExit(seconds: 90)
            #expect(exit != .exited(0))
            #expect(gateway.log.contains("vocabulary_missing"), "\(gateway.log)")
            #expect(gateway.log.contains("cl100k_base.vocabulary"))
        }

        @Test(
            "A worker that cannot start stops the service with its reason, not with exit status 0")
        func brokenWorker() throws {
            let folder = Product.folder + "/broken-\(getpid())"
            let files = FileManager.default
            try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? files.removeItem(atPath: folder) }
            for name in try files.contentsOfDirectory(atPath: Product.folder)
            where name.hasSuffix(".resources") {
                try files.createSymbolicLink(
                    atPath: folder + "/" + name, withDestinationPath: Product.folder + "/" + name)
            }
            for name in Product.executables where name != "dd0c-route-worker" {
                try files.linkItem(atPath: Product.folder + "/" + name, toPath: folder + "/" + name)
            }
            let script = "#!/bin/sh\necho 'the test broke this worker' >&2\nexit 3\n"
            try script.write(
                toFile: folder + "/dd0c-route-worker", atomically: false, encoding: .utf8)
            chmod(folder + "/dd0c-route-worker", 0o755)

            let mock = try Mock()
            var settings = Gateway.Settings()
            settings.executables = folder
            settings.waitsForReady = false
            let gateway = try Gateway(mock: mock, settings)
            let exit = try gateway.process.waitForExit(seconds: 90)
            #expect(exit != .exited(0))
            #expect(gateway.log.contains("the test broke this worker"))
            let last = gateway.log.split(separator: "\n").last ?? ""
            #expect(last.contains("worker"), "\(last)")
        }
    }
}
