import Testing

@testable import Worker

@Suite("Bytes of a stream's answer are found in its HTTP/2 connection, never too many")
struct StreamOffsetsTests {
    /// A connection that is simulated frame by frame: for each of its bytes, how many of the answer's are
    /// among those up to it.
    private struct Simulation {
        var offsets = StreamOffsets()
        var truth = [0]

        mutating func other(_ bytes: Int) {
            truth += [Int](repeating: truth.last ?? 0, count: bytes)
        }

        mutating func data(_ payload: Int) {
            other(FrameScanner.headerSize)
            let before = truth.last ?? 0
            truth += (0..<payload).map { before + $0 + 1 }
            offsets.framed(payload, end: UInt64(truth.count - 1))
        }

        func found(_ plain: Int) -> Int { Int(offsets.payload(within: UInt64(plain))) }
    }

    @Test func everyByteIsExact() {
        var simulation = Simulation()
        simulation.other(60)
        simulation.data(100)
        simulation.other(5000)
        simulation.data(1)
        simulation.data(0)
        simulation.data(700)
        simulation.other(30)
        for plain in simulation.truth.indices {
            #expect(simulation.found(plain) == simulation.truth[plain])
            if simulation.found(plain) != simulation.truth[plain] { break }
        }
        #expect(simulation.found(1 << 40) == 801)
        #expect(simulation.offsets.payloadFramed == 801)
    }

    @Test func beforeTheFirstFrameThereIsNothing() {
        #expect(StreamOffsets().payload(within: 1000) == 0)
        var simulation = Simulation()
        simulation.other(50)
        simulation.data(10)
        #expect(simulation.found(0) == 0)
        #expect(simulation.found(59) == 0)
        #expect(simulation.found(60) == 1)
    }

    @Test func whatIsForgottenChangesNoAnswerAboutMore() {
        var simulation = Simulation()
        for index in 0..<300 {
            simulation.other(index % 40)
            simulation.data(1 + index % 13)
        }
        for start in stride(from: 0, to: simulation.truth.count, by: 97) {
            simulation.offsets.forget(within: UInt64(start))
            for plain in start..<min(start + 200, simulation.truth.count) {
                #expect(simulation.found(plain) == simulation.truth[plain])
            }
        }
        simulation.offsets.forget(within: UInt64(simulation.truth.count))
        #expect(simulation.found(simulation.truth.count) == simulation.truth.last)
    }

    @Test func manyFramesAreBoundedAndNeverTooMany() {
        var simulation = Simulation()
        for index in 0..<(3 * StreamOffsets.marksMax) {
            simulation.other(index % 3 == 0 ? 20 : 0)
            simulation.data(5)
        }
        var least = 0
        var exact = 0
        for (plain, truth) in simulation.truth.enumerated() {
            let found = simulation.found(plain)
            #expect(found <= truth && found >= least)
            if found > truth || found < least { break }
            least = found
            if found == truth { exact += 1 }
        }
        #expect(simulation.found(simulation.truth.count) == simulation.truth.last)
        #expect(exact > 0)
        #expect(MemoryLayout<StreamOffsets>.size <= 40)
    }
}
