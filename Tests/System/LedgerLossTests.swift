import Foundation
import GRDB
import Glibc
import Testing

extension SystemTests {
    @Suite("A ledger that is damaged or gone stops no stream, and is taken up when it is back")
    struct LedgerLossTests {
        private static func open(_ count: Int, from first: Int, _ gateway: Gateway) -> [OpenStream]
        {
            LoadClient().open(count, from: first, port: gateway.httpPort) {
                Request(model: "mock-\($0)", mock: "n=10&us=20000&seed=\($0)")
            }
        }

        private static func remove(_ path: String) {
            for ending in ["", "-wal", "-shm"] { unlink(path + ending) }
        }

        @Test("Damaged when the gateway starts; then moved away")
        func damagedAtStart() throws {
            let mock = try Mock()
            var settings = Gateway.Settings()
            let folder = try Product.temporaryFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            settings.stateFolder = folder
            let path = folder + "/ledger.sqlite"
            try Data(repeating: 0x5a, count: 50_000).write(to: URL(fileURLWithPath: path))
            let gateway = try Gateway(mock: mock, settings)
            let accountant = gateway.accountant
            let first = Self.open(30, from: 0, gateway)
            for stream in first { try stream.waitForEnd() }
            let state = try LedgerState.wait(failing: true, gateway)
            #expect(state.records == nil && state.ledger_error?.contains("it is damaged") == true)
            let answer = try Connection.ask(Request.get("/usage"), port: gateway.adminPort)
            #expect(answer.status == 503 && answer.text.contains("restore it from a backup"))
            #expect(
                gateway.log.contains("it is damaged; restore it from a backup, or move it away"))
            // Its worker dies while nothing can be written: its channel waits too.
            let second = Self.open(30, from: 30, gateway)
            for stream in second { try stream.waitForEvents(2) }
            let victim = try #require(gateway.workers.first)
            kill(victim, SIGKILL)
            try gateway.waitForWorkers(2, without: [victim])
            for stream in second { try stream.waitForEnd() }
            for ending in ["", "-wal", "-shm"] {
                rename(path + ending, path + ".damaged" + ending)
            }
            let rows = try gateway.settledUsage(60)
            #expect(rows.count == 60 && Set(rows.map(\.model)).count == 60)
            let whole = (first + second).filter { $0.ending == .complete }
            #expect(rows.filter { $0.outcome == "completed" }.count == whole.count)
            #expect(rows.filter { $0.outcome == "worker_lost" }.count == 60 - whole.count)
            #expect(gateway.accountant == accountant)
        }

        @Test("Found damaged while it is in use; then restored from a backup")
        func damagedInUse() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let path = gateway.stateFolder + "/ledger.sqlite"
            let first = Self.open(30, from: 0, gateway)
            for stream in first { try stream.waitForEnd() }
            CompleteBooks.expect(first, try gateway.settledUsage(30))
            // A backup as SQLite makes it; then all of the log is in the database, and nothing of it
            // is remembered by the accountant's connections.
            let backup = gateway.folder + "/backup.sqlite"
            let other = try DatabaseQueue(path: path)
            try other.writeWithoutTransaction {
                try $0.execute(sql: "VACUUM INTO ?", arguments: [backup])
                _ = try $0.checkpoint(.truncate)
            }
            try other.close()
            let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try file.write(contentsOf: Data(repeating: 0x5a, count: size))
            try file.close()

            let second = Self.open(30, from: 30, gateway)
            for stream in second { try stream.waitForEnd() }
            let state = try LedgerState.wait(failing: true, gateway)
            #expect(state.ledger_error?.contains("it is damaged") == true, "\(state)")
            Self.remove(path)
            rename(backup, path)
            CompleteBooks.expect(first + second, try gateway.settledUsage(60))
            #expect(gateway.log.contains("the ledger works again"))
        }

        @Test("Removed while it is in use: what is settled from then on is in a new one")
        func removed() throws {
            let mock = try Mock()
            let gateway = try Gateway(mock: mock)
            let path = gateway.stateFolder + "/ledger.sqlite"
            let before = Self.open(10, from: 0, gateway)
            for stream in before { try stream.waitForEnd() }
            _ = try gateway.settledUsage(10)
            let streams = LoadClient().open(30, port: gateway.httpPort) {
                Request(model: "mock-\($0)", mock: "n=300&us=20000&seed=\($0)")
            }
            for stream in streams { try stream.waitForEvents(3) }
            Self.remove(path)
            // None was settled in the file that is gone.
            try #require(streams.allSatisfy { $0.ending == nil })
            for stream in streams { try stream.waitForEnd() }
            CompleteBooks.expect(
                streams, try gateway.settledUsage(30) { $0.chunks_flushed ?? 0 > 20 })
            #expect(gateway.log.contains("was removed or replaced while it was in use"))
        }
    }
}
