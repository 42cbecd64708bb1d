#if FaultInjection
    import Foundation
    import Glibc
    import Testing

    extension SystemTests {
        @Suite(
            "An installed service: crashes, processes that stand still, too little memory",
            .enabled(
                if: Machine.obstacle == nil,
                "no machine with a systemd can boot here: \(Machine.obstacle ?? "")"))
        struct FaultScenarioTests {
            @Test("A crash leaves one explained entry in the journal, no key anywhere, and no core")
            func crashes() throws {
                let machine = try Machine(product: nil)
                try machine.inNetwork {
                    let gateway = try InstalledGateway(
                        on: machine, package: BuiltPackage.testing.get().old)
                    let faults = ["fatal-error", "segv", "abort"]
                    for (index, fault) in faults.enumerated() {
                        let old = Set(gateway.workers)
                        ask(for: fault)
                        try HangGuard.poll(for: "another worker after \(fault)") {
                            let now = gateway.workers
                            return now.count == 2 && Set(now) != old ? () : nil
                        }
                        try HangGuard.poll(for: "the entry of \(fault)") {
                            try Self.crashes(machine).count == index + 1 ? () : nil
                        }
                    }
                    let entries = try Self.crashes(machine)
                    #expect(entries.count == faults.count)
                    #expect(entries[0].contains("SIGILL") || entries[0].contains("SIGTRAP"))
                    #expect(entries[1].contains("SIGSEGV") && entries[2].contains("SIGABRT"))
                    #expect(entries.allSatisfy { $0.contains("\"DD0C_FRAMES\"") })
                    Scenario.checked(
                        "one entry for each of \(faults), with the functions it was in")
                    let explained = try machine.run([
                        "journalctl", "-x", "--no-pager", "-u", InstalledGateway.unit,
                        "MESSAGE_ID=\(Self.crashID)",
                    ])
                    let texts = explained.components(separatedBy: "ended in a way that nobody")
                    #expect(texts.count == faults.count + 1, "\(explained)")
                    Scenario.checked("journalctl -x explains each")
                    let service = try machine.run([
                        "journalctl", "-o", "json", "--all", "--no-pager", "-u",
                        InstalledGateway.unit,
                    ])
                    let boot = try machine.run(["journalctl", "-o", "json", "--all", "--no-pager"])
                    let secrets = Secrets()
                    // The scan finds what is there.
                    #expect(secrets.isIn(Data((service + Gateway.providerKey).utf8)))
                    #expect(!secrets.isIn(Data(service.utf8)) && !secrets.isIn(Data(boot.utf8)))
                    #expect(boot.utf8.count > service.utf8.count / 2 && service.utf8.count > 10_000)
                    Scenario.checked(
                        "the journal of the boot (\(boot.utf8.count) bytes) holds no 12 bytes of a key, "
                            + "raw, in hexadecimal, percent or base64")
                    try expectNoCore(machine)
                    try expectRequestLines(gateway)
                }
            }

            private static let crashID = "be89755c710b4f6aaa9ce303ef6b7806"

            private static func crashes(_ machine: Machine) throws -> [String] {
                try machine.run([
                    "journalctl", "-o", "json", "--no-pager", "-u", InstalledGateway.unit,
                    "MESSAGE_ID=\(crashID)",
                ]).split(separator: "\n").map(String.init)
            }

            private func ask(for fault: String) {
                var request = Request(model: "mock-\(fault)", mock: "n=3")
                request.extraHeaders = [
                    ("x-dd0c-fault", fault), ("X-Note", "Bearer \(Gateway.clientKey)"),
                ]
                let answer = try? Connection.ask(request.bytes, port: InstalledGateway.httpPort)
                #expect(answer?.isComplete != true, "the worker is to die before its answer")
            }

            private func expectNoCore(_ machine: Machine) throws {
                let cores = try machine.run([
                    "sh", "-c",
                    "command -v coredumpctl >/dev/null && coredumpctl --no-pager list 2>/dev/null; "
                        + "ls -A /var/lib/systemd/coredump 2>/dev/null; "
                        + "find / -xdev -type f \\( -name core -o -name 'core.*' \\) -newer /etc/machine-id "
                        + "-not -path '/proc/*' -not -path '/sys/*' 2>/dev/null; true",
                ])
                #expect(cores == "", "\(cores)")
                Scenario.checked("no core: coredumpctl where it is installed, and the file system")
            }

            /// `journalctl DD0C_KEY_NAME=…` gives the requests of a key.
            private func expectRequestLines(_ gateway: InstalledGateway) throws {
                let answer = try Connection.ask(
                    Request(model: "mock-logged", mock: "n=7").bytes,
                    port: InstalledGateway.httpPort)
                #expect(answer.status == 200)
                let line = try HangGuard.poll(for: "the request in the journal") {
                    try gateway.machine.run([
                        "journalctl", "-o", "json", "--no-pager", "-u", InstalledGateway.unit,
                        "DD0C_KEY_NAME=app1", "DD0C_MODEL=mock-logged",
                    ]).split(separator: "\n").first.map(String.init)
                }
                for field in [
                    "\"DD0C_OUTCOME\":\"completed\"", "\"DD0C_STATUS\":\"200\"",
                    "\"DD0C_COMPLETION_TOKENS\":\"7\"", "\"DD0C_REQUEST_ID\"", "\"DD0C_WORKER\"",
                    "\"DD0C_GENERATION\":\"1\"", "\"PRIORITY\":\"6\"",
                ] { #expect(line.contains(field), "\(field): \(line)") }
                Scenario.checked("journalctl DD0C_KEY_NAME=app1 shows a request with its fields")
            }

            @Test("The watchdog: a supervisor and a worker that stand still are replaced")
            func standstill() throws {
                let machine = try Machine(product: nil)
                try machine.inNetwork {
                    let gateway = try InstalledGateway(
                        on: machine, package: BuiltPackage.testing.get().old
                    ) {
                        try $0.write(
                            "[Service]\nWatchdogSec=6\nTimeoutAbortSec=2\n",
                            to: "/etc/systemd/system/\(InstalledGateway.unit).d/watchdog.conf")
                        try $0.run(["systemctl", "daemon-reload"])
                    }
                    let since = time(nil)
                    let worker = try #require(gateway.workers.first)
                    try round("stopped-worker", gateway, since, killedWorkers: 1) {
                        #expect(kill(worker, SIGSTOP) == 0)
                        try HangGuard.poll(for: "another worker") {
                            let now = gateway.workers
                            return now.count == 2 && !now.contains(worker) ? () : nil
                        }
                    }
                    let supervisor = try #require(gateway.supervisor)
                    try round("stopped-supervisor", gateway, since, killedWorkers: 2) {
                        #expect(kill(supervisor, SIGSTOP) == 0)
                        try gateway.waitForSuccessor(of: supervisor) { gateway.supervisor }
                    }
                    #expect(try machine.property("NRestarts", of: InstalledGateway.unit) == "1")
                }
            }

            private func round(
                _ name: String, _ gateway: InstalledGateway, _ since: Int, killedWorkers: Int,
                _ happens: () throws -> Void
            ) throws {
                let request = { @Sendable (index: Int) in
                    ClientKind.request(index, round: name, chunks: 20)
                }
                let streams = LoadClient(inNetworkOf: gateway.machine).open(
                    48, port: InstalledGateway.httpPort, keepsBody: true, receiveBuffer: 32_768,
                    request)
                for stream in streams where ClientKind(stream.index).isLong {
                    try stream.waitForEvents(3)
                }
                try happens()
                for stream in streams { try stream.waitForEnd() }
                let served = streams.filter { ClientBooks.wasServed($0) }
                let rows = try gateway.settledUsage(served.count, since: since) {
                    $0.contains("-\(name)-")
                }
                _ = ClientBooks(streams, (0..<48).map { request($0).model }, rows)
                    .expectAgreement(killedWorkers: killedWorkers)
                Scenario.checked("\(name): it was replaced; \(rows.count) bills are right")
            }

            @Test("Out of memory: one worker is killed, the others and the unit go on")
            func memory() throws {
                let machine = try Machine(product: nil)
                try machine.inNetwork {
                    let gateway = try InstalledGateway(
                        on: machine, package: BuiltPackage.testing.get().old
                    ) {
                        try $0.write(
                            "[Service]\nMemoryMax=600M\nMemorySwapMax=0\n",
                            to: "/etc/systemd/system/\(InstalledGateway.unit).d/memory.conf")
                        try $0.run(["systemctl", "daemon-reload"])
                    }
                    let supervisor = try #require(gateway.supervisor)
                    let group = try MemoryGroup(of: gateway, bytes: 600 << 20)
                    defer { group.remove(after: machine) }
                    Scenario.checked("a limit of 600 MiB by \(group.description)")
                    let old = Set(gateway.workers)
                    let streams = LoadClient(inNetworkOf: machine).open(
                        30, port: InstalledGateway.httpPort
                    ) { Request(model: "mock-\($0)", mock: "n=60&us=100000&seed=\($0)") }
                    for stream in streams { try stream.waitForEvents(3) }
                    ask(for: "memory")
                    try HangGuard.poll(for: "another worker") {
                        let now = Set(gateway.workers)
                        let left = try 2 - group.kills()
                        return now.count == 2 && old.intersection(now).count == left && left < 2
                            ? () : nil
                    }
                    for stream in streams { try stream.waitForEnd() }
                    let kills = try group.kills()
                    let complete = streams.count { $0.ending == .complete }
                    // The kernel took one worker, or both: each has its entry, and the other's streams go on.
                    #expect(
                        complete < streams.count && (complete > 0) == (kills == 1), "\(complete)")
                    #expect(gateway.supervisor == supervisor)
                    #expect(old.intersection(gateway.workers).count == 2 - kills)
                    #expect(
                        try machine.property("ActiveState", of: InstalledGateway.unit) == "active")
                    let entries = try Self.crashes(machine)
                    #expect(entries.count == kills)
                    #expect(entries.allSatisfy { $0.contains("SIGKILL") }, "\(entries)")
                    // The counter of another hierarchy is out of the sandbox's sight.
                    if group.isSystemds {
                        #expect(entries.first?.contains("probably out of memory") == true)
                    }
                    Scenario.checked(
                        "killed for memory: \(kills); \(complete) of \(streams.count) streams, the other "
                            + "worker's, were complete; the unit is active")
                }
            }
        }
    }
#endif
