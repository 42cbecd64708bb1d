import Foundation
import GRDB
import Glibc
import Testing

extension SystemTests {
    @Suite(
        "A disk that fails costs no stream and no record, and nobody has to do anything afterwards")
    struct DiskFaultTests {
        private static func request(_ index: Int, events: Int = 20, us: Int = 50_000) -> Request {
            Request(model: "mock-\(index)", mock: "n=\(events)&us=\(us)&seed=\(index)")
        }

        /// Acceptance: full for 10 s under load.
        @Test(
            "Full for 10 s under load",
            .enabled(if: SmallDisk.isPossible, "needs root: it mounts a small tmpfs"))
        func full() throws {
            let mock = try Mock()
            let disk = try SmallDisk(megabytes: 16)
            var settings = Gateway.Settings()
            settings.stateFolder = disk.path + "/state"
            let gateway = try Gateway(mock: mock, settings)
            var filledAt: Int?
            var freedAt: Int?
            var asked = 0
            let streams = try LoadClient().run(
                total: 700, atOnce: 40, port: gateway.httpPort, { Self.request($0) },
                ended: { count in
                    if count >= 60, filledAt == nil {
                        try disk.fill()
                        filledAt = Clock.now
                        try LedgerState.wait(failing: true, gateway)
                    }
                    guard let start = filledAt, freedAt == nil else { return }
                    // The admin interface answers all the time.
                    #expect(try gateway.usage().count < 700)
                    asked += 1
                    let isTime = Clock.now - start >= 10_000_000_000
                    // The load may be faster than the clock.
                    if count == 700, !isTime {
                        try HangGuard.poll(for: "10 s") {
                            Clock.now - start >= 10_000_000_000 ? () : nil
                        }
                    }
                    guard isTime || count == 700 else { return }
                    #expect(try LedgerState.of(gateway).ledger_failing)
                    disk.free()
                    freedAt = Clock.now
                })
            #expect(freedAt != nil && asked > 1)
            try LedgerState.wait(failing: false, gateway)
            CompleteBooks.expect(streams, try gateway.settledUsage(700))
            #expect(gateway.log.contains("the disk is full; free some space"))
            #expect(gateway.log.contains("the ledger works again"))
        }

        @Test(
            "Full when the accountant starts: it stays up, and opens the ledger when there is space",
            .enabled(if: SmallDisk.isPossible, "needs root: it mounts a small tmpfs"))
        func fullAtStart() throws {
            let mock = try Mock()
            let disk = try SmallDisk(megabytes: 16)
            var settings = Gateway.Settings()
            settings.stateFolder = disk.path + "/state"
            let gateway = try Gateway(mock: mock, settings)
            let before = LoadClient().open(20, port: gateway.httpPort) { Self.request($0) }
            for stream in before { try stream.waitForEvents(2) }
            let victim = try #require(gateway.accountant)
            try disk.fill()
            kill(victim, SIGKILL)
            let next = try HangGuard.poll(for: "a new accountant") {
                gateway.accountant.flatMap { $0 == victim ? nil : $0 }
            }
            let after = LoadClient().open(20, from: 20, port: gateway.httpPort) { Self.request($0) }
            for stream in before + after { try stream.waitForEnd() }
            try LedgerState.wait(failing: true, gateway)
            #expect(gateway.accountant == next)
            disk.free()
            let rows = try gateway.settledUsage(40)
            #expect(gateway.accountant == next)
            #expect(rows.count == 40 && rows.allSatisfy { $0.outcome == "completed" })
            #expect(Set(rows.map(\.model)).count == 40)
            #expect((before + after).allSatisfy { $0.ending == .complete })
        }

        struct Fault: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var faults: DiskShim.Faults
            var advice: String
        }

        static let faults = [
            Fault(
                testDescription: "read-only",
                faults: DiskShim.Faults(writing: EROFS, syncing: 0, opening: EROFS),
                advice: "check the disk"),
            Fault(
                testDescription: "errors of writing", faults: DiskShim.Faults(writing: EIO),
                advice: "check the disk"),
            Fault(
                testDescription: "errors of syncing", faults: DiskShim.Faults(syncing: EIO),
                advice: "check the disk"),
            Fault(
                testDescription: "full", faults: DiskShim.Faults(writing: ENOSPC),
                advice: "the disk is full"),
        ]

        @Test("For a while under load", arguments: faults)
        func fault(_ fault: Fault) throws {
            let mock = try Mock()
            let shim = try DiskShim()
            let gateway = try Gateway(mock: mock, shim.settings)
            let accountant = gateway.accountant
            var hasFailed = false
            var isOver = false
            let streams = try LoadClient().run(
                total: 300, atOnce: 30, port: gateway.httpPort, { Self.request($0, us: 20_000) },
                ended: { count in
                    if count >= 60, !hasFailed {
                        hasFailed = true
                        try shim.fail(fault.faults)
                        let state = try LedgerState.wait(failing: true, gateway)
                        #expect(state.ledger_error?.contains(fault.advice) == true, "\(state)")
                    }
                    if count >= 200, !isOver {
                        isOver = true
                        #expect(try LedgerState.of(gateway).ledger_failing)
                        try shim.fail(DiskShim.Faults())
                    }
                })
            CompleteBooks.expect(streams, try gateway.settledUsage(300))
            #expect(gateway.log.contains(fault.advice))
            #expect(gateway.log.contains("the ledger works again"))
            #expect(gateway.accountant == accountant)
        }

        @Test("Locked by another process; and read by one for long, with a log that grows")
        func locked() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            var configuration = GRDB.Configuration()
            configuration.allowsUnsafeTransactions = true
            // The accountant may be in a commit of its own.
            configuration.busyMode = .timeout(30)
            let other = try DatabaseQueue(
                path: gateway.stateFolder + "/ledger.sqlite", configuration: configuration)
            var isLocked = false
            var isReading = false
            let streams = try LoadClient().run(
                total: 300, atOnce: 30, port: gateway.httpPort, { Self.request($0, us: 20_000) },
                ended: { count in
                    if count >= 50, !isLocked {
                        isLocked = true
                        try other.inDatabase { try $0.execute(sql: "BEGIN EXCLUSIVE") }
                        let state = try LedgerState.wait(failing: true, gateway)
                        #expect(state.ledger_error?.contains("locked it") == true)
                    }
                    if count >= 150, !isReading {
                        isReading = true
                        try other.inDatabase {
                            try $0.execute(sql: "COMMIT; BEGIN")
                            _ = try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM record")
                        }
                        try LedgerState.wait(failing: false, gateway)
                    }
                })
            CompleteBooks.expect(streams, try gateway.settledUsage(300))
            #expect(try LedgerState.of(gateway).ledger_failing == false)
            try other.inDatabase { try $0.execute(sql: "COMMIT") }
            try other.close()
        }

        @Test(
            "When the channel is full: 503 with Retry-After, streams go on; then 200, nothing lost")
        func admission() throws {
            let mock = try Mock()
            var settings = Gateway.Settings()
            settings.workers = 1
            let gateway = try Gateway(mock: mock, settings)
            var configuration = GRDB.Configuration()
            configuration.allowsUnsafeTransactions = true
            let lock = try DatabaseQueue(
                path: gateway.stateFolder + "/ledger.sqlite", configuration: configuration)
            let client = LoadClient()
            let long = client.open(20, port: gateway.httpPort) {
                Request(model: "mock-long-\($0)", mock: "n=1500&us=100000")
            }
            for stream in long { try stream.waitForEvents(3) }
            try lock.inDatabase { try $0.execute(sql: "BEGIN EXCLUSIVE") }
            var streams: [OpenStream] = []
            var refused: [OpenStream] = []
            while refused.isEmpty, streams.count < 40_000 {
                let batch = client.open(100, from: streams.count, port: gateway.httpPort) {
                    Self.request($0, events: 1, us: 0)
                }
                for stream in batch { try stream.waitForEnd() }
                streams += batch
                refused = batch.filter { $0.state.value.reader.status == 503 }
            }
            let answer = try #require(refused.first?.state.value.reader)
            #expect(answer.header("retry-after").flatMap { Int($0) } ?? 0 > 0)
            for stream in long { try stream.waitForEvents(stream.events + 5) }
            #expect(long.allSatisfy { $0.ending == nil })

            try lock.inDatabase { try $0.execute(sql: "COMMIT") }
            try lock.close()
            try HangGuard.poll(for: "an answer of 200") {
                let answer = try Connection.ask(
                    Request(model: "mock-after").bytes, port: gateway.httpPort)
                return answer.status == 200 ? () : nil
            }
            for stream in long { try stream.leave() }
            let accepted = streams.filter { $0.state.value.reader.status == 200 }
            #expect(accepted.count + refused.count == streams.count)
            let rows = try gateway.settledUsage(accepted.count + long.count, seconds: 60) {
                $0.outcome != "rejected" && $0.model != "mock-after"
            }
            CompleteBooks.expect(accepted, rows.filter { $0.model?.contains("long") == false })
            #expect(rows.filter { $0.outcome == "client_gone" }.count == long.count)
            print("admission: 503 after \(accepted.count) requests with a ledger that is locked")
        }
    }
}
