import Glibc
import Testing

@testable import IPC

@Suite("The board on which the supervisor shows its state")
struct ServiceBoardTests {
    private static func state(_ count: Int = 3) -> ServiceState {
        var state = ServiceState()
        state.summary = "Serving, 2 of 2 workers ready"
        state.generation = 4
        state.reloadsRequested = 3
        state.reloadsFinished = 2
        state.reloadRefusal = ["not valid", "config.yaml:3:1: zwei: 2️⃣"]
        state.storedDescriptors = 6
        state.processes = (0..<count).map {
            .init(
                role: .worker, slot: UInt16(truncatingIfNeeded: $0), generation: 4, state: "ready",
                pid: 12, startedAt: 34, restarts: 5, openStreams: 6, residentBytes: 1 << 33,
                lastExit: "was killed")
        }
        state.processes.append(.init(role: .accountant, state: "waiting"))
        return state
    }

    @Test func whatIsShownIsRead() throws {
        let descriptor = try ServiceBoard.create()
        defer { close(descriptor) }
        let writer = try ServiceBoard(descriptor: descriptor, writable: true)
        let reader = try ServiceBoard(descriptor: descriptor, writable: false)
        #expect(reader.read() == nil)
        writer.show(Self.state())
        #expect(reader.read() == Self.state())
        writer.show(Self.state(1))
        #expect(reader.read() == Self.state(1))
        // Of very many processes some are shown.
        writer.show(Self.state(5_000))
        let shown = try #require(reader.read())
        #expect(shown.generation == 4 && shown.processes.count > 300)
        #expect(shown.processes.allSatisfy { $0.role == .worker })
    }

    @Test func longTextsAreCut() throws {
        var state = Self.state()
        state.summary = String(repeating: "é", count: 5_000)
        state.reloadRefusal = Array(repeating: String(repeating: "x", count: 5_000), count: 100)
        let bytes = state.encoded(limit: 65_000)
        let read = try bytes.withUnsafeBytes { try ServiceState(decoding: $0) }
        #expect(read.summary.count == 256)
        #expect(read.reloadRefusal.count == ServiceState.refusalLinesMax)
    }

    @Test func readersAndAWriterDoNotDisturbEachOther() async throws {
        let descriptor = try ServiceBoard.create()
        defer { close(descriptor) }
        let writer = try ServiceBoard(descriptor: descriptor, writable: true)
        let reader = try ServiceBoard(descriptor: descriptor, writable: false)
        let states = [Self.state(0), Self.state(40)]
        writer.show(states[0])
        let reading = Task.detached {
            (0..<2_000).reduce(into: 0) { found, _ in
                if let state = reader.read(), states.contains(state) { found += 1 }
            }
        }
        for index in 0..<20_000 { writer.show(states[index % 2]) }
        // Whatever was read was whole.
        #expect(await reading.value > 0)
        #expect(reader.read() == states[1])
    }

    @Test func otherMemoryIsRefused() throws {
        var pipes: [Int32] = [-1, -1]
        try #require(pipe(&pipes) == 0)
        defer { for end in pipes { close(end) } }
        #expect(throws: ServiceBoard.Failure.self) {
            try ServiceBoard(descriptor: pipes[0], writable: false)
        }
        let counters = try CounterFile.create(slots: 3)
        defer { close(counters) }
        #expect(throws: ServiceBoard.Failure.notBoard) {
            try ServiceBoard(descriptor: counters, writable: false)
        }
    }

    @Test func anyBytesAreReadOrRefused() throws {
        var generator = SystemRandomNumberGenerator()
        let bytes = Self.state().encoded(limit: 60_000)
        for _ in 0..<20_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                changed[Int.random(in: 0..<changed.count, using: &generator)] =
                    UInt8.random(in: 0...255, using: &generator)
            }
            changed = Array(changed.prefix(Int.random(in: 0...changed.count, using: &generator)))
            _ = changed.withUnsafeBytes { try? ServiceState(decoding: $0) }
        }
        #expect(throws: DecodingFailure.self) {
            try ServiceState(decoding: UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }
}
