import Foundation
import Glibc
import Testing

extension SystemTests {
    @Suite(
        "An installed service: kills, restarts, reloads and a package upgrade, and nobody notices",
        .enabled(
            if: Machine.obstacle == nil,
            "no machine with a systemd can boot here: \(Machine.obstacle ?? "")"))
    struct UpgradeScenarioTests {
        private static let streams = 100

        @Test("100 streams, kills of each process, a restart, three reloads, an upgrade")
        func everything() throws {
            let machine = try Machine(product: nil)
            let packages = try BuiltPackage.testing.get()
            try machine.inNetwork {
                let gateway = try InstalledGateway(on: machine, package: packages.old)
                try machine.run(["systemctl", "reset-failed", InstalledGateway.unit])
                let prober = SteadyProber(port: InstalledGateway.httpPort)
                try prober.waitForAnswers(50)
                let startedAt = time(nil)
                var books: [ClientBooks] = []
                for slot in 0..<InstalledGateway.workers {
                    books.append(
                        try round("worker\(slot)", gateway, startedAt) { try killWorker(slot, $0) })
                }
                books.append(
                    try round("accountant", gateway, startedAt) { gateway in
                        let old = gateway.accountant
                        try gateway.kill(.accountant)
                        try gateway.waitForSuccessor(of: old) { gateway.accountant }
                    })
                books.append(
                    try round("supervisor", gateway, startedAt) { gateway in
                        let old = gateway.supervisor
                        try gateway.kill(.supervisor)
                        try gateway.waitForSuccessor(of: old) { gateway.supervisor }
                    })
                books.append(
                    try round("restart", gateway, startedAt) { gateway in
                        try machine.run(
                            ["systemctl", "restart", InstalledGateway.unit], seconds: 120)
                    })
                books.append(
                    try round("reload", gateway, startedAt) { gateway in
                        let old = gateway.supervisor
                        for _ in 0..<3 {
                            try machine.run(
                                ["systemctl", "reload", InstalledGateway.unit], seconds: 120)
                        }
                        #expect(gateway.supervisor == old)
                    })
                books.append(
                    try round("upgrade", gateway, startedAt) { try upgrade($0, to: packages.new) })
                try wrongReload(gateway)
                let probed = prober.stop()
                #expect(probed.refused == 0)
                // Connections that a process had accepted when it was killed: two workers one by one, and
                // both with the supervisor; of each, those of a tenth of a second at most.
                #expect(probed.broken <= 4 * SteadyProber.rate / 10)
                #expect(probed.answered + probed.broken == probed.connected)
                #expect(probed.connected == probed.begun)
                let rate = Double(probed.connected) / probed.seconds
                #expect(rate > 0.98 * Double(SteadyProber.rate), "\(probed)")
                Scenario.checked(
                    "\(probed.connected) connections, \(Int(rate)) a second: 0 refused, "
                        + "\(probed.broken) broken with a killed process, all others answered")
            }
        }

        /// Streams of all kinds, something that happens in the midst of them, and their bills.
        private func round(
            _ name: String, _ gateway: InstalledGateway, _ since: Int,
            _ happens: (InstalledGateway) throws -> Void
        ) throws -> ClientBooks {
            let request = { @Sendable (index: Int) in
                ClientKind.request(index, round: name, chunks: 12)
            }
            let streams = LoadClient(inNetworkOf: gateway.machine).open(
                Self.streams, port: InstalledGateway.httpPort, keepsBody: true,
                receiveBuffer: 32_768, request)
            for stream in streams where ClientKind(stream.index).isLong {
                try stream.waitForEvents(3)
            }
            for stream in streams where ClientKind(stream.index) == .leaver {
                try stream.leave(reset: stream.index % 16 < 8)
            }
            try happens(gateway)
            for stream in streams { try stream.waitForEnd() }
            let served = streams.filter { ClientBooks.wasServed($0) }
            let rows: [UsageRow]
            do {
                rows = try gateway.settledUsage(served.count, since: since) {
                    $0.contains("-\(name)-")
                }
            } catch {
                print(gateway.log)
                throw error
            }
            let isKill = name.hasPrefix("worker") || name == "supervisor"
            let books = ClientBooks(streams, (0..<Self.streams).map { request($0).model }, rows)
            let workers = name == "supervisor" ? InstalledGateway.workers : isKill ? 1 : 0
            let cut = books.expectAgreement(killedWorkers: workers)
            if !isKill {
                #expect(cut.isEmpty)
                #expect(
                    streams.allSatisfy { $0.ending == .complete || $0.ending == .left },
                    "\(name): \(streams.map(\.ending))")
            }
            Scenario.checked(
                "\(name): \(served.count) streams, \(rows.count) records, right by the clients' books"
            )
            return books
        }

        private func killWorker(_ slot: Int, _ gateway: InstalledGateway) throws {
            let workers = gateway.workers.sorted()
            let victim = try #require(workers.dropFirst(slot % workers.count).first)
            #expect(kill(victim, SIGKILL) == 0)
            try HangGuard.poll(for: "another worker") {
                let now = gateway.workers
                return now.count == InstalledGateway.workers && !now.contains(victim) ? () : nil
            }
        }

        /// The package of a higher version, and a reload; every process is a new one but the supervisor, which is
        /// the new program in the old process.
        private func upgrade(_ gateway: InstalledGateway, to package: String) throws {
            let machine = gateway.machine
            let old = (
                supervisor: gateway.supervisor, accountant: gateway.accountant,
                workers: Set(gateway.workers)
            )
            try machine.install(package)
            // The package has reloaded it; once more does no harm.
            try machine.run(["systemctl", "reload", InstalledGateway.unit], seconds: 120)
            let version = try machine.run(["dpkg-query", "-W", "-f", "${Version}", "dd0c-route"])
            #expect(version == "0.1.0+testing2")
            #expect(gateway.supervisor == old.supervisor && old.supervisor != nil)
            #expect(gateway.accountant != old.accountant)
            try HangGuard.poll(for: "the end of the old workers") {
                let now = Set(gateway.workers)
                return now.count == InstalledGateway.workers && now.isDisjoint(with: old.workers)
                    ? () : nil
            }
            let supervisor = try #require(gateway.supervisor)
            for pid in [supervisor] + ProcessList.children(of: supervisor).map(\.pid) {
                let program = try FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/\(pid)/exe")
                #expect(!program.contains("deleted"), "\(program)")
            }
            let status = try machine.run(["dd0c-route", "status"])
            #expect(status.contains("supervisor") && status.contains("ready"))
            Scenario.checked(
                "upgrade to \(version): same supervisor process \(supervisor), all programs are the new files"
            )
        }

        private func wrongReload(_ gateway: InstalledGateway) throws {
            let machine = gateway.machine
            let workers = Set(gateway.workers)
            try gateway.writeConfiguration("wrong_key: 1")
            let output = try machine.run([
                "sh", "-c",
                "systemctl reload \(InstalledGateway.unit) 2>&1 && echo succeeded; "
                    + "systemctl status --no-pager \(InstalledGateway.unit)",
            ])
            #expect(!output.contains("succeeded"))
            #expect(output.contains("config.yaml:1:1: wrong_key: unknown key"), "\(output)")
            #expect(Set(gateway.workers) == workers)
            #expect(try machine.property("ActiveState", of: InstalledGateway.unit) == "active")
            let answer = try Connection.ask(
                Request(model: "mock-after").bytes, port: InstalledGateway.httpPort)
            #expect(answer.status == 200)
            try gateway.writeConfiguration()
            try machine.run(["systemctl", "reload", InstalledGateway.unit], seconds: 120)
            Scenario.checked(
                "a reload with a wrong configuration fails with the reason, and changes nothing")
        }
    }
}
