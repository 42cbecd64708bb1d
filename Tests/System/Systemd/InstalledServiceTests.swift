import Glibc
import Testing

extension SystemTests {
    @Suite(
        "As a service of systemd it loses no bill and refuses nobody, whatever is killed",
        .enabled(
            if: Machine.obstacle == nil,
            "no machine with a systemd can boot here: \(Machine.obstacle ?? "")"))
    struct InstalledServiceTests {
        /// One round: clients of all kinds, a kill, and what is left of it.
        private struct Round {
            let gateway: InstalledGateway
            let name: String
            let startedAt = time(nil)
            var streams: [OpenStream] = []
            var models: [String] = []

            mutating func open(_ count: Int, chunks: Int) {
                let first = streams.count
                let round = name
                let request = { @Sendable (index: Int) in
                    ClientKind.request(first + index, round: round, chunks: chunks)
                }
                streams += LoadClient(inNetworkOf: gateway.machine).open(
                    count, port: InstalledGateway.httpPort, keepsBody: true, receiveBuffer: 32_768,
                    request)
                models += (0..<count).map { request($0).model }
            }
        }

        @Test(
            "kill -9 of everything at once, five times, then of the supervisor, and the accountant")
        func kills() throws {
            let machine = try Machine()
            try machine.inNetwork {
                let gateway = try InstalledGateway(on: machine)
                let prober = Prober(port: InstalledGateway.httpPort)
                try prober.waitForAnswer(after: Clock.now)
                var cut: [(stream: OpenStream, row: UsageRow)] = []
                for round in 0..<4 { cut += try play("all\(round)", .everything, gateway) }
                cut += try play("again", .everything, again: true, gateway)
                cut += try play("supervisor", .supervisor, gateway)
                _ = try play("accountant", .accountant, gateway)
                #expect(try prober.stop().refusals.isEmpty)
                let used = gateway.log.split(separator: "\n").filter {
                    $0.contains("channels of an earlier run are still to be settled")
                }
                #expect(used.count >= 6)
                try expectTokens(cut)
            }
        }

        /// - Parameter again: kills once more as soon as there is a new supervisor.
        private func play(
            _ name: String, _ victim: InstalledGateway.Victim, again: Bool = false,
            _ gateway: InstalledGateway
        ) throws -> [(stream: OpenStream, row: UsageRow)] {
            // The limit on starts is not what this is about.
            try gateway.machine.run(["systemctl", "reset-failed", InstalledGateway.unit])
            var round = Round(gateway: gateway, name: name)
            round.open(240, chunks: victim == .accountant ? 8 : 40)
            for stream in round.streams where ClientKind(stream.index) == .slow {
                try stream.waitForEvents(3)
                try stream.stopReading()
            }
            for stream in round.streams where ClientKind(stream.index).isLong {
                try stream.waitForEvents(3)
            }
            for stream in round.streams where ClientKind(stream.index) == .leaver {
                if stream.index % 3 > 0 { try stream.leave(reset: stream.index % 3 == 1) }
            }
            // These are on their way when the kill comes.
            round.open(40, chunks: 3)
            var old = (gateway.supervisor, gateway.accountant)
            try gateway.kill(victim)
            if again {
                old.0 = try HangGuard.poll(for: "a new supervisor") {
                    gateway.supervisor.flatMap { $0 == old.0 ? nil : $0 }
                }
                try gateway.kill(victim)
            }
            // When everything was killed, these come while nobody serves, and wait for the next start.
            let late = round.streams.count
            round.open(40, chunks: 3)
            if victim == .accountant {
                try gateway.waitForSuccessor(of: old.1) { gateway.accountant }
                #expect(gateway.supervisor == old.0)
            } else {
                try gateway.waitForSuccessor(of: old.0) { gateway.supervisor }
            }
            for stream in round.streams where ClientKind(stream.index) == .slow {
                try stream.goOnReading()
            }
            for stream in round.streams { try stream.waitForEnd() }
            #expect(victim != .accountant || round.streams.allSatisfy { $0.ending != .endOfFile })
            #expect(
                victim != .everything
                    || round.streams.dropFirst(late).allSatisfy { $0.ending == .complete })
            let workers = victim == .accountant ? 0 : InstalledGateway.workers
            return try check(round, killedWorkers: again ? 2 * workers : workers)
        }

        private func check(
            _ round: Round, killedWorkers: Int
        ) throws -> [(stream: OpenStream, row: UsageRow)] {
            let gateway = round.gateway
            // What was stored for the killed workers is removed when all of it is in the ledger.
            let own = 2 * InstalledGateway.workers
            try HangGuard.poll(for: "a store without the killed workers' descriptors") {
                try gateway.storedDescriptors() == own ? () : nil
            }
            let served = round.streams.filter { ClientBooks.wasServed($0) }
            let rows = try gateway.settledUsage(served.count, since: round.startedAt) {
                $0.contains("-\(round.name)-")
            }
            let cut = ClientBooks(round.streams, round.models, rows)
                .expectAgreement(killedWorkers: killedWorkers)
            // Without streams that were cut, nothing was tried.
            #expect(killedWorkers == 0 ? cut.isEmpty : cut.count > 50, "\(cut.count) cut")
            #expect(try gateway.mock.totals("wait_until_idle=1").in_flight == 0)
            return cut
        }

        /// The tokens in the records of streams that were cut, counted in the text that their clients read.
        private func expectTokens(_ cut: [(stream: OpenStream, row: UsageRow)]) throws {
            let chats = cut.filter { ClientKind($0.stream.index) == .chat }
            #expect(chats.count > 50)
            let counts = try TokenCounts.of(
                chats.map { TokenTests.text(of: $0.stream.state.value.reader.text) })
            for (chat, count) in zip(chats, counts) {
                #expect(chat.row.completion_tokens?.delivered == count["o200k_base"], "\(chat.row)")
            }
        }

        @Test("The units are right; a reload and a stop leave nothing in the descriptor store")
        func reloadAndStop() throws {
            let machine = try Machine()
            try machine.inNetwork {
                let gateway = try InstalledGateway(on: machine)
                let own = 2 * InstalledGateway.workers
                for unit in ["dd0c-route.service", "dd0c-route.socket", "dd0c-route-admin.socket"] {
                    let found = try machine.run([
                        "systemd-analyze", "verify", "/etc/systemd/system/\(unit)",
                    ])
                    #expect(found == "")
                }
                #expect(try gateway.storedDescriptors() == own)
                try machine.run(["systemctl", "reload", InstalledGateway.unit])
                try HangGuard.poll(for: "the second generation, alone") { () -> Void? in
                    let status = try machine.property("StatusText", of: InstalledGateway.unit)
                    let stored = try gateway.storedDescriptors()
                    let isNew = status.hasPrefix("Serving, 2 of 2 workers ready; generation 2")
                    return isNew && stored == own ? () : nil
                }
                try machine.run(["systemctl", "stop", InstalledGateway.unit])
                #expect(try machine.property("Result", of: InstalledGateway.unit) == "success")
                #expect(try gateway.storedDescriptors() == 0)
                // The sockets are open: a client's connection starts it again.
                let request = Request(model: "mock-started")
                let answer = try Connection.ask(request.bytes, port: InstalledGateway.httpPort)
                #expect(answer.status == 200)
                #expect(try gateway.settledUsage(1, since: 0) { $0 == "mock-started" }.count == 1)
            }
        }
    }
}
