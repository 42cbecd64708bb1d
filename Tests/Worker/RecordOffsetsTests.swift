import Testing

@testable import Worker

@Suite("Plain bytes are found in the records of a TLS connection, never too many")
struct RecordOffsetsTests {
    /// A connection that is simulated record by record.
    private struct Simulation {
        var offsets = RecordOffsets()
        var wire = 0
        var plain = 0
        /// Ends of the records with plain bytes.
        var ends: [(plain: Int, wire: Int)] = []
        var waiting: [Int] = []
        var largest = 0
        let overhead: Int

        init(overhead: Int = 22) {
            self.overhead = overhead
            offsets.open()
        }

        func record(_ payload: Int) -> [UInt8] {
            [23, 3, 3, UInt8(payload >> 8), UInt8(payload & 255)]
                + [UInt8](repeating: 0, count: payload)
        }

        mutating func write(_ bytes: Int) {
            waiting.append(bytes)
            offsets.wrote(bytes)
        }

        /// - Parameter others: payloads of records in front that carry nothing of the answer.
        mutating func flush(others: [Int] = []) {
            offsets.flushing()
            var bytes = others.flatMap { record($0) }
            for write in waiting {
                var rest = write
                while rest > 0 {
                    let piece = min(rest, RecordOffsets.recordMax)
                    bytes += record(piece + overhead - 5)
                    rest -= piece
                    plain += piece
                    largest = max(largest, piece)
                    ends.append((plain, wire + bytes.count))
                }
            }
            waiting = []
            wire += bytes.count
            bytes.withUnsafeBytes { offsets.sent($0) }
        }

        func truth(_ wire: Int) -> Int { ends.last { $0.wire <= wire }?.plain ?? 0 }

        func found(_ wire: Int) -> Int { Int(offsets.plaintext(within: UInt64(wire))) }
    }

    @Test func everyRecordEndIsExact() {
        var simulation = Simulation()
        simulation.flush(others: [200, 200])
        simulation.write(100)
        simulation.write(40_000)
        simulation.flush(others: [120])
        simulation.flush(others: [2])
        simulation.write(1)
        simulation.flush()
        for wire in 0...simulation.wire {
            #expect(simulation.found(wire) == simulation.truth(wire))
            if simulation.found(wire) != simulation.truth(wire) { break }
        }
        #expect(simulation.found(simulation.wire) == 40_101)
        #expect(simulation.offsets.plaintext(leaving: 0) == 40_101)
        #expect(simulation.offsets.plaintext(leaving: 1) == 40_100)
    }

    @Test func whatWasNotFlushedIsInNoRecord() {
        var simulation = Simulation()
        simulation.write(10)
        simulation.flush()
        simulation.write(10)
        // A ticket or a key update between a write and its flush.
        simulation.offsets.sent(UnsafeRawBufferPointer(start: nil, count: 0))
        simulation.record(80).withUnsafeBytes { simulation.offsets.sent($0) }
        simulation.wire += 85
        #expect(simulation.found(simulation.wire) == 10)
        simulation.flush()
        #expect(simulation.found(simulation.wire) == 20)
        #expect(simulation.found(simulation.wire - 1) == 10)
    }

    @Test func aFarewellCarriesNothing() {
        // The client said farewell first: what is written then is dropped by the TLS handler.
        var simulation = Simulation()
        simulation.offsets.wrote(500)
        simulation.offsets.flushing()
        simulation.record(18).withUnsafeBytes { simulation.offsets.sent($0) }
        #expect(simulation.found(23) == 0)
        #expect(simulation.offsets.plaintext(leaving: 0) == 0)
    }

    @Test func writesBeforeTheHandshakeIsOverWait() {
        var offsets = RecordOffsets()
        let simulation = Simulation()
        offsets.wrote(100)
        offsets.flushing()
        simulation.record(1500).withUnsafeBytes { offsets.sent($0) }
        #expect(offsets.plaintext(leaving: 0) == 0)
        offsets.open()
        offsets.flushing()
        simulation.record(117).withUnsafeBytes { offsets.sent($0) }
        #expect(offsets.plaintext(leaving: 0) == 100)
        #expect(offsets.plaintext(leaving: 1) == 0)
    }

    @Test func recordsOfOtherSizesCountAtTheirEnd() {
        var simulation = Simulation()
        simulation.offsets.wrote(1000)
        simulation.offsets.flushing()
        let bytes = simulation.record(520) + simulation.record(520)
        simulation.wire += bytes.count
        bytes.withUnsafeBytes { simulation.offsets.sent($0) }
        #expect(simulation.found(simulation.wire) == 1000)
        #expect(simulation.found(simulation.wire - 1) == 0)
    }

    @Test(arguments: 0..<40)
    func neverTooManyAndHardlyTooFew(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var simulation = Simulation(overhead: [22, 29, 21][Int(seed % 3)])
        let sizes = [1...60, 80...400, 1...40_000][Int(seed / 3 % 3)]
        var acknowledged = 0
        for _ in 0..<3_000 {
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                simulation.write(Int.random(in: sizes, using: &random))
            }
            let others = Int.random(in: 0..<20, using: &random) == 0 ? [90] : []
            simulation.flush(others: others)
            if Int.random(in: 0..<50, using: &random) == 0 {
                acknowledged = Int.random(in: acknowledged...simulation.wire, using: &random)
                simulation.offsets.forget(within: UInt64(acknowledged))
            }
            if simulation.ends.count > 4_000 { simulation.ends.removeFirst(1_000) }
            guard Int.random(in: 0..<10, using: &random) == 0 else { continue }
            let least = simulation.ends.first?.wire ?? 0
            guard least <= acknowledged else { continue }
            let underWay = simulation.wire - acknowledged
            let plainUnderWay =
                simulation.truth(simulation.wire) - simulation.truth(acknowledged)
            let bound = 2 * simulation.largest + (underWay - plainUnderWay) / 4
            for _ in 0..<4 {
                let wire = Int.random(in: acknowledged...simulation.wire, using: &random)
                let truth = simulation.truth(wire)
                let found = simulation.found(wire)
                #expect(found <= truth)
                #expect(truth - found <= bound, "\(truth) \(found) \(underWay)")
            }
        }
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
