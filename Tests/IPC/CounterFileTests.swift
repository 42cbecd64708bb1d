import CLinux
import Glibc
import Testing

@testable import IPC

@Suite("Counters in shared memory")
struct CounterFileTests {
    private func counts(_ n: UInt64) -> StreamCounts {
        var counts = StreamCounts()
        counts.chunksFlushed = n
        counts.bytesFlushed = n + 1
        counts.bytesAcknowledged = n + 2
        counts.completionProduced = n + 3
        counts.completionDelivered = n + 4
        counts.firstByteNanoseconds = n + 5
        counts.providerAccepted = n % 2 == 1
        counts.countSource = .calibrated
        counts.completionScript = .cjk
        return counts
    }

    @Test("what one mapping writes, another reads, stream by stream")
    func twoMappings() throws {
        let fd = try CounterFile.create(slots: 4)
        defer { close(fd) }
        let worker = try CounterFile(descriptor: fd, writable: true)
        let accountant = try CounterFile(descriptor: fd, writable: false)
        #expect(accountant.slots == 4)
        #expect(accountant.read(slot: 0, stream: 1) == nil)
        for slot in UInt32(0)..<4 {
            worker.open(slot: slot, stream: UInt64(slot) + 10)
            #expect(accountant.read(slot: slot, stream: UInt64(slot) + 10) == StreamCounts())
        }
        for slot in UInt32(0)..<4 {
            worker.update(slot: slot, counts(UInt64(slot) * 100 + 1))
        }
        for slot in UInt32(0)..<4 {
            #expect(
                accountant.read(slot: slot, stream: UInt64(slot) + 10)
                    == counts(UInt64(slot) * 100 + 1))
        }
        // A slot answers only for the stream that holds it.
        #expect(accountant.read(slot: 1, stream: 10) == nil)
        worker.close(slot: 1)
        #expect(accountant.read(slot: 1, stream: 11) == nil)
        #expect(accountant.read(slot: 1, stream: 0) == nil)
        // The next stream begins at zero.
        worker.open(slot: 1, stream: 99)
        #expect(accountant.read(slot: 1, stream: 99) == StreamCounts())
        #expect(accountant.read(slot: 2, stream: 12) == counts(201))
    }

    @Test("counts outlive the writer's mapping")
    func outlives() throws {
        let fd = try CounterFile.create(slots: 1)
        defer { close(fd) }
        do {
            let worker = try CounterFile(descriptor: fd, writable: true)
            worker.open(slot: 0, stream: 5)
            worker.update(slot: 0, counts(7))
        }
        let accountant = try CounterFile(descriptor: fd, writable: false)
        #expect(accountant.read(slot: 0, stream: 5) == counts(7))
    }

    @Test("a slot past the last one is no slot")
    func range() throws {
        let fd = try CounterFile.create(slots: 2)
        defer { close(fd) }
        let file = try CounterFile(descriptor: fd, writable: true)
        for slot in [UInt32(2), .max] {
            file.open(slot: slot, stream: 1)
            file.update(slot: slot, counts(1))
            file.close(slot: slot)
            #expect(file.read(slot: slot, stream: 1) == nil)
        }
    }

    @Test("rows tell a provider's connections, and only those that were opened")
    func providers() throws {
        let fd = try CounterFile.create(slots: 3, rows: 3)
        defer { close(fd) }
        let worker = try CounterFile(descriptor: fd, writable: true)
        let accountant = try CounterFile(descriptor: fd, writable: false)
        #expect(accountant.rows == 3)
        #expect(accountant.providers.isEmpty)
        let long = String(repeating: "n", count: 200)
        worker.open(row: 0, provider: "openai")
        worker.open(row: 2, provider: long)
        worker.open(row: 3, provider: "past the last")
        var gauge = ProviderGauge()
        gauge.dialling = 1
        gauge.idle = 2
        gauge.inUse = 3
        gauge.lookups = 4
        gauge.waiting = 5
        worker.update(row: 2, gauge)
        worker.update(row: 3, gauge)
        #expect(accountant.providers.map(\.name) == ["openai", String(long.prefix(104))])
        #expect(accountant.providers.map(\.gauge) == [ProviderGauge(), gauge])
        #expect(gauge.open == 6)
        #expect((gauge + gauge).open == 12)
        #expect((gauge + gauge).waiting == 10)
        // The slots before them are not touched.
        worker.open(slot: 2, stream: 1)
        worker.update(slot: 2, counts(5))
        #expect(accountant.read(slot: 2, stream: 1) == counts(5))
        #expect(accountant.providers.map(\.gauge) == [ProviderGauge(), gauge])
    }

    @Test("a number that does not fit into a gauge is shown as the most that does")
    func gaugeLimits() {
        var gauge = ProviderGauge()
        gauge.dialling = .max
        gauge.idle = -1
        gauge.inUse = 1 << 20
        gauge.lookups = 99
        gauge.waiting = -1
        let shown = ProviderGauge(word: gauge.word, waitingWord: gauge.waitingWord)
        #expect(shown.dialling == 1_048_575)
        #expect(shown.idle == 0)
        #expect(shown.inUse == 1_048_575)
        #expect(shown.lookups == 15)
        #expect(shown.waiting == 0)
        gauge.waiting = .max
        #expect(gauge.waitingWord == 1_048_575)
        #expect(ProviderGauge(word: 0, waitingWord: .max).waiting == 1_048_575)
    }

    @Test("a number of slots that makes no sense is refused")
    func sizes() {
        #expect(throws: CounterFile.Failure.notCounters) { try CounterFile.create(slots: 0) }
        #expect(throws: CounterFile.Failure.notCounters) {
            try CounterFile.create(slots: CounterLayout.slotsMax + 1)
        }
        #expect(throws: CounterFile.Failure.notCounters) {
            try CounterFile.create(slots: 1, rows: 4097)
        }
        #expect(CounterLayout.size(slots: 1) == 128)
        #expect(CounterLayout.size(slots: 1, rows: 64) == 128 + 64 * 128)
    }

    @Test("other memory is refused")
    func foreignMemory() throws {
        func map(_ bytes: [UInt8], size: Int, sealed: Bool) throws {
            let fd = route_memfd("dd0c-route-test")
            defer { close(fd) }
            #expect(pwrite(fd, bytes, bytes.count, 0) == bytes.count)
            #expect(ftruncate(fd, off_t(size)) == 0)
            if sealed { #expect(route_memfd_seal(fd, 0) == 0) }
            _ = try CounterFile(descriptor: fd, writable: false)
        }
        let good = bytes(hex: "6464306363747231 0100000000000000")
        try map(good, size: 128, sealed: true)
        try map(good + [1, 0, 0, 0, 0, 0, 0, 0], size: 256, sealed: true)
        #expect(throws: CounterFile.Failure.notSealed) { try map(good, size: 128, sealed: false) }
        for (bytes, size) in [
            (good, 0), (good, 64), (good, 192), ([], 128), (Array(good.dropLast(8)), 128),
            (Array(good.prefix(8)) + [2, 0, 0, 0, 0, 0, 0, 0], 128),
            (Array(good.prefix(8)) + [1, 0, 0, 0, 1, 0, 0, 0], 128),
            // A row for which there is no room; room for a row that there is none of; rows without end.
            (good + [1, 0, 0, 0, 0, 0, 0, 0], 128), (good, 256),
            (good + [1, 0, 0, 0, 1, 0, 0, 0], 256),
        ] {
            #expect(throws: CounterFile.Failure.notCounters) {
                try map(bytes, size: size, sealed: true)
            }
        }
        #expect(throws: CounterFile.Failure.self) {
            try CounterFile(descriptor: -1, writable: false)
        }
    }
}
