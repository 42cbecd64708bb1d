import Foundation
import Glibc
import Testing

extension SystemTests {
    @Suite("The ledger can be trusted: verified, exported and signed from outside")
    struct LedgerTests {
        private static let command = Product.folder + "/dd0c-route"

        /// A gateway that signs, its private key's file and its public key's.
        private static func signing(_ mock: Mock) throws -> (gateway: Gateway, publicKey: String) {
            let folder = try Product.temporaryFolder()
            let publicKey = try Program.output(
                of: command, ["keys", "signing", folder + "/private.pem"], seconds: 30)
            try publicKey.write(
                toFile: folder + "/public.pem", atomically: false, encoding: .utf8)
            var settings = Gateway.Settings()
            settings.more = "ledger: { signing_key: { file: \(folder)/private.pem } }"
            return (try Gateway(mock: mock, settings), folder + "/public.pem")
        }

        private static func verify(_ gateway: Gateway, _ more: [String] = []) throws -> Verified {
            let text = try Program.output(
                of: command,
                ["ledger", "verify", "--state-directory", gateway.stateFolder, "--format", "json"]
                    + more, seconds: 60)
            return try JSONDecoder().decode(Verified.self, from: Data(text.utf8))
        }

        struct Verified: Decodable {
            var ok: Bool
            var records: Int
            var head: String
            var segments: Int
            var signed_record: Int
            var signer_checked: Bool
        }

        private static func relay(_ count: Int, _ gateway: Gateway) throws {
            let client = LoadClient()
            let streams = client.open(count, port: gateway.httpPort) {
                Request(model: "mock-\($0)", mock: "n=5&seed=\($0)")
            }
            for stream in streams { try stream.waitForEnd() }
        }

        @Test("While it runs, after its clean end, and after somebody altered one byte")
        func verified() throws {
            let mock = try Mock()
            let (gateway, publicKey) = try Self.signing(mock)
            defer {
                try? FileManager.default.removeItem(
                    atPath: URL(fileURLWithPath: publicKey).deletingLastPathComponent().path)
            }
            try Self.relay(20, gateway)
            _ = try gateway.settledUsage(20)
            let running = try Self.verify(gateway)
            #expect(running.ok && running.records == 20 && !running.signer_checked)
            let status = try Connection.ask(Request.get("/status"), port: gateway.adminPort)
            #expect(status.text.contains("\"chain_head\":\"\(running.head)\""), "\(status.text)")
            gateway.process.signal(SIGTERM)
            #expect(try gateway.process.waitForExit() == .exited(0))
            let ended = try Self.verify(
                gateway, ["--public-key", publicKey, "--head", running.head])
            #expect(ended.ok && ended.records == 20 && ended.signer_checked)
            #expect(ended.signed_record == 20 && ended.segments >= 1)
            #expect(!gateway.log.contains("PRIVATE KEY"))

            let path = gateway.stateFolder + "/ledger.sqlite"
            // All of it in the file itself: a log that was altered is no log.
            _ = try Program.output(
                of: "/usr/bin/python3",
                [
                    "-c",
                    "import sqlite3, sys; "
                        + "sqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)')",
                    path,
                ], seconds: 30)
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            let place = try #require(bytes.range(of: Data("mock-13".utf8)))
            bytes[place.upperBound - 1] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            let failure = #expect(throws: SystemFailure.self) {
                _ = try Self.verify(gateway, ["--public-key", publicKey])
            }
            let text = failure.map { "\($0)" } ?? ""
            #expect(text.contains("exited(65)") && text.contains("was altered"), "\(text)")
        }

        @Test(
            "A key of an environment variable outlives a reload, and a changed one signs from then on"
        )
        func reloaded() throws {
            let mock = try Mock()
            let folder = try Product.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            var publicKeys: [String] = []
            for name in ["first", "second"] {
                let path = "\(folder)/\(name)"
                try Program.output(of: Self.command, ["keys", "signing", path], seconds: 30).write(
                    toFile: path + ".pub", atomically: false, encoding: .utf8)
                publicKeys += ["--public-key", path + ".pub"]
            }
            var settings = Gateway.Settings()
            let key = try String(contentsOfFile: folder + "/first", encoding: .utf8)
            settings.environment = ["LEDGER_KEY": key]
            settings.more = "ledger: { signing_key: { env: LEDGER_KEY } }"
            let gateway = try Gateway(mock: mock, settings)
            try Self.relay(3, gateway)
            _ = try gateway.settledUsage(3)
            try Self.reload(gateway, 1)
            try gateway.rewriteConfiguration {
                $0.more = "ledger: { signing_key: { file: \(folder)/second }, rotate: 1m }"
            }
            try Self.reload(gateway, 2)
            try Self.relay(3, gateway)
            _ = try gateway.settledUsage(6)
            gateway.process.signal(SIGTERM)
            #expect(try gateway.process.waitForExit() == .exited(0))
            let verified = try Self.verify(gateway, publicKeys)
            #expect(verified.ok && verified.signed_record == 6 && verified.signer_checked)
            let failure = #expect(throws: SystemFailure.self) {
                _ = try Self.verify(gateway, Array(publicKeys.prefix(2)))
            }
            #expect(failure.map { "\($0)" }?.contains("with a key that was not given") == true)
        }

        private static func reload(_ gateway: Gateway, _ count: Int) throws {
            gateway.process.signal(SIGHUP)
            _ = try HangGuard.poll(for: "the reload") {
                gateway.log.split(separator: "\n").filter { $0.contains("reload done") }.count
                    >= count ? true : nil
            }
        }

        @Test("An export has every record, as CSV and as JSON lines, also of a running gateway")
        func exported() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            try Self.relay(12, gateway)
            let rows = try gateway.settledUsage(12)
            let source = ["ledger", "export", "--state-directory", gateway.stateFolder]
            let csv = try Program.output(
                of: Self.command, source + ["--format", "csv"], seconds: 60
            ).split(separator: "\r\n")
            #expect(csv.count == 13 && csv[0].hasPrefix("sequence,id,started_at,settled_at,key,"))
            let file = gateway.folder + "/export.jsonl"
            _ = try Program.output(
                of: Self.command, source + ["--format", "json", "--output", file], seconds: 60)
            let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
            var ids: Set<String> = []
            for line in lines {
                let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                ids.insert(row?["id"] as? String ?? "")
                #expect(
                    row?["corrections"] as? Int == 0 && row?["outcome"] as? String == "completed")
            }
            #expect(ids == Set(rows.map(\.id)))
            let none = try Program.output(
                of: Self.command,
                source + ["--format", "json", "--until", "2020-01-01"], seconds: 60)
            #expect(none.isEmpty)
        }

        @Test(
            "After its supervisor was killed an accountant's open streams stay its own, beside a new gateway"
        )
        func twoAccountants() throws {
            let mock = try Mock()
            let old = try Gateway(mock: mock)
            // Its folder, which has the ledger, goes with it.
            defer { withExtendedLifetime(old) {} }
            let client = LoadClient()
            let count = 10
            let streams = client.open(count, port: old.httpPort) {
                // Some 15 s: longer than a new accountant waits for workers to be attached.
                Request(model: "mock-\($0)", mock: "n=300&us=50000&seed=\($0)")
            }
            for stream in streams { try stream.waitForEvents(3) }
            let accountant = try #require(old.accountant)
            old.process.signal(SIGKILL)
            _ = try old.process.waitForExit()
            var settings = Gateway.Settings()
            settings.stateFolder = old.stateFolder
            let new = try Gateway(mock: mock, settings)
            #expect(new.log.contains("another accountant works on"), "\(new.log)")
            #expect(kill(accountant, 0) == 0)
            try Self.relay(5, new)
            for stream in streams { #expect(try stream.waitForEnd().ending == .complete) }
            let rows = try new.settledUsage(count + 5)
            #expect(rows.allSatisfy { $0.outcome == "completed" }, "\(rows.map(\.outcome))")
            #expect(rows.count == count + 5)
            #expect(try Self.verify(new).ok)
        }
    }
}
