import CLinux
import Foundation
import GRDB
import Glibc
import Testing

extension SystemTests {
    @Suite("A power cut at any moment leaves a sound ledger, which lacks the last moments only")
    struct PowerCutTests {
        private static let cuts = 120
        /// What a cut may cost on a machine that runs other tests beside; README states what it costs
        /// on one that does not, and the test prints what it cost here.
        private static let lossMax = 1_000_000_000

        /// A record, as far as the clients can tell.
        private struct Record {
            var sequence: Int
            var model: String
            var chunks: Int
            var bytes: Int
            /// When the worker settled it, nanoseconds of CLOCK_MONOTONIC.
            var settledAt: Int
        }

        @Test("Cuts at random, under load, with torn and reordered writes")
        func cuts() throws {
            let mock = try Mock()
            let shim = try DiskShim()
            let gateway = try Gateway(mock: mock, shim.settings)
            let total = 600
            let streams = try LoadClient().run(
                total: total, atOnce: 30, port: gateway.httpPort,
                { Request(model: "mock-\($0)", mock: "n=10&us=20000&seed=\($0)") },
                ended: { _ in })
            CompleteBooks.expect(streams, try gateway.settledUsage(total))

            let journal = try DiskJournal(path: shim.journal)
            let whole = try Self.whole(journal, shim)
            #expect(whole.count == total)
            let seed = UInt64.random(in: 0...UInt64.max)
            var random = SplitMix(state: seed)
            var model = DiskModel()
            var torn = 0
            var losses: [Int] = []
            let at = Set(
                (0..<Self.cuts).map { _ in
                    Int.random(in: 0..<journal.entries.count, using: &random)
                })
            for (index, entry) in journal.entries.enumerated() {
                model.apply(entry.change)
                guard at.contains(index) else { continue }
                if model.unsyncedWrites > 0 { torn += 1 }
                let folder = shim.folder + "/cut-\(index)"
                try Self.write(model.afterCut(&random), to: folder)
                let what = "seed \(seed), cut at entry \(index) of \(journal.entries.count)"
                let found = try Self.verify(folder, what)
                losses.append(Self.check(found, whole, streams, cut: entry.at, what))
                try FileManager.default.removeItem(atPath: folder)
            }
            #expect(torn > 0)
            losses.sort()
            print(
                "power cut: seed \(seed), \(losses.count) cuts, \(torn) with unsynced writes; lost "
                    + "were the last \(losses[losses.count / 2] / 1000) us (median), "
                    + "\(losses[losses.count * 95 / 100] / 1000) us (95 %), "
                    + "\((losses.last ?? 0) / 1000) us (most)")
        }

        @Test("The product starts on what a cut left, and goes on with it")
        func startsAfterCut() throws {
            let mock = try Mock()
            let shim = try DiskShim()
            let gateway = try Gateway(mock: mock, shim.settings)
            let streams = try LoadClient().run(
                total: 60, atOnce: 20, port: gateway.httpPort,
                { Request(model: "mock-\($0)", mock: "n=10&us=20000&seed=\($0)") },
                ended: { _ in })
            CompleteBooks.expect(streams, try gateway.settledUsage(60))
            let journal = try DiskJournal(path: shim.journal)
            var model = DiskModel()
            // In the middle of the last commit.
            for entry in journal.entries.dropLast(2) { model.apply(entry.change) }
            var random = SplitMix(state: 1)
            let folder = shim.folder + "/cut"
            try Self.write(model.afterCut(&random), to: folder)
            let known = try Self.verify(folder, "before the last sync").map(\.model)
            var settings = Gateway.Settings()
            settings.stateFolder = folder
            let next = try Gateway(mock: mock, settings)
            #expect(try Connection.ask(Request().bytes, port: next.httpPort).status == 200)
            let rows = try next.settledUsage(known.count + 1)
            #expect(Set(known).isSubset(of: Set(rows.compactMap(\.model))))
        }

        /// What the ledger has in the end, all synced.
        private static func whole(_ journal: DiskJournal, _ shim: DiskShim) throws -> [Record] {
            var model = DiskModel()
            for entry in journal.entries { model.apply(entry.change) }
            let folder = shim.folder + "/whole"
            var random = SplitMix(state: 0)
            try write(model.afterCut(&random), to: folder)
            return try verify(folder, "the end")
        }

        private static func write(_ files: [String: [UInt8]], to folder: String) throws {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            for (name, bytes) in files {
                try Data(bytes).write(to: URL(fileURLWithPath: folder + "/" + name))
            }
        }

        /// What makes a ledger sound after a cut; gives its records.
        private static func verify(_ folder: String, _ what: String) throws -> [Record] {
            let path = folder + "/ledger.sqlite"
            guard FileManager.default.fileExists(atPath: path) else { return [] }
            let queue = try DatabaseQueue(path: path)
            let records = try queue.read { db -> [Record] in
                let state = try String.fetchAll(db, sql: "PRAGMA integrity_check")
                #expect(state == ["ok"], "\(what)")
                guard try db.tableExists("record") else { return [] }
                let offset = Int(route_realtime_ns()) - Clock.now
                return try Row.fetchAll(
                    db,
                    sql: "SELECT sequence, model, chunks_flushed, bytes_flushed, "
                        + "started_at + duration_ns AS ended FROM record ORDER BY sequence"
                ).map {
                    Record(
                        sequence: $0["sequence"], model: $0["model"], chunks: $0["chunks_flushed"],
                        bytes: $0["bytes_flushed"], settledAt: ($0["ended"] as Int) - offset)
                }
            }
            try queue.close()
            #expect(records.map(\.sequence) == records.indices.map { $0 + 1 }, "\(what): a gap")
            if records.isEmpty { return [] }
            // Fails where the chain of hashes does not hold.
            _ = try Program.output(
                of: Product.folder + "/dd0c-route",
                ["ledger", "verify", "--state-directory", folder],
                seconds: 60)
            return records
        }

        /// Holds a ledger after a cut against the clients' books, and against the one without a cut.
        ///
        /// - Returns: nanoseconds: how long before the cut the oldest record was settled that is lost.
        private static func check(
            _ found: [Record], _ whole: [Record], _ streams: [OpenStream], cut: Int, _ what: String
        ) -> Int {
            let byModel = Dictionary(grouping: found, by: \.model)
            for stream in streams {
                let state = stream.state.value
                let record = byModel["mock-\(stream.index)"]?.first
                if let record {
                    #expect(record.chunks == state.reader.events.count, "\(what)")
                    #expect(record.bytes == state.reader.wireBytes, "\(what)")
                } else if let ended = state.endedAt {
                    #expect(cut - ended < lossMax, "\(what): stream \(stream.index) is lost")
                }
            }
            let lost = whole.filter { byModel[$0.model] == nil }.map { cut - $0.settledAt }
            return max(0, lost.max() ?? 0)
        }
    }
}
