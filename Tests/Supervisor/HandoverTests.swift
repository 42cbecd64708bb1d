import Glibc
import IPC
import Redaction
import Testing

@testable import Supervisor

@Suite("The handover from one image to the next")
struct HandoverTests {
    static let whole = Handover(
        lastGeneration: 9, currentGeneration: 7, accountantGeneration: 7, candidateGeneration: 9,
        isQueued: true, reloadsRequested: 3, reloadsCovered: 2, reloadsFinished: 1, board: 50,
        startedAt: .init(milliseconds: 1), staleAnswers: 2, http: [5, 6], https: [7], admin: [8],
        held: [9],
        configurations: [
            .init(generation: 7, plan: 10, worker: 11, accountant: 12),
            .init(generation: 9, plan: 13, worker: 14, accountant: 15),
        ],
        rows: [
            .init(
                role: .accountant, generation: 0, state: .ready, healthyAt: .init(milliseconds: 4),
                process: process(20)),
            .init(
                role: .worker(slot: 3), generation: 7, state: .draining, failuresInRow: 2,
                granted: [.init(milliseconds: 1), .init(milliseconds: 2)],
                drainMilliseconds: 600, drainDeadline: .init(milliseconds: 77),
                recentLines: ["one", "zwei 2️⃣"], restarts: 6,
                process: process(30, incarnation: 0xDD0C)),
            .init(
                role: .worker(slot: 4), generation: 7, state: .waiting,
                dueAt: .init(milliseconds: 99)),
            .init(role: .worker(slot: 5), generation: 7, state: .broken),
        ],
        channels: [
            .init(
                identity: .init(incarnation: 0xDD0C, slot: 3, generation: 7), sendingEnd: 40,
                receivingEnd: 41, counters: 42),
            .init(
                identity: .init(incarnation: 1, slot: 0, generation: 6), sendingEnd: nil,
                receivingEnd: 43, counters: 44),
        ],
        notes: [.assignments("READY=1"), .store(name: "channel-counters-1-0-6")])

    static func process(_ first: Int32, incarnation: UInt64? = nil) -> Handover.Process {
        .init(
            pid: first * 100, pidfd: first, startedAt: .init(milliseconds: 3),
            program: ProgramFile(device: 1, inode: 2, size: 3, modified: -4),
            incarnation: incarnation, control: first + 1,
            errors: first + 2, crash: incarnation == nil ? nil : first + 3, openStreams: 17,
            context: .init(bytes: [1, 2, 3], place: 2, floor: 1),
            line: .init(bytes: Array("half a l".utf8), continues: true))
    }

    private static func decode(_ bytes: [UInt8]) throws -> Handover {
        try bytes.withUnsafeBytes { try Handover(decoding: $0) }
    }

    @Test func whatIsWrittenIsRead() throws {
        #expect(try Self.decode(Self.whole.encoded()) == Self.whole)
    }

    @Test func everyPrefixIsRefusedOrLacksWholeFramesOnly() throws {
        let bytes = Self.whole.encoded()
        for count in 0..<bytes.count {
            guard let read = try? Self.decode(Array(bytes.prefix(count))) else { continue }
            #expect(read.channels.count + read.notes.count < 4)
            #expect(read.configurations == Self.whole.configurations)
        }
        #expect(throws: DecodingFailure.self) { try Self.decode([]) }
    }

    @Test func anyBytesAreReadOrRefused() throws {
        var generator = SystemRandomNumberGenerator()
        let bytes = Self.whole.encoded()
        for _ in 0..<20_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<changed.count, using: &generator)
                changed[index] = UInt8.random(in: 0...255, using: &generator)
            }
            if let read = try? Self.decode(changed) {
                #expect(try Self.decode(read.encoded()) == read)
            }
        }
    }

    @Test func aRowAtWorkHasAChild() throws {
        for state in Handover.State.allCases {
            var handover = Self.whole
            handover.rows = [.init(role: .worker(slot: 0), generation: 7, state: state)]
            let read = try? Self.decode(handover.encoded())
            #expect((read != nil) == (state == .waiting || state == .broken), "\(state)")
        }
    }

    @Test func aDescriptorThatIsNotOpenIsRefused() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var handover = Self.whole
        handover.http = [ends[0]]
        handover.https = []
        handover.admin = []
        handover.held = [ends[1]]
        handover.board = nil
        handover.configurations = []
        handover.rows = []
        handover.channels = []
        try handover.takeDescriptors()
        #expect(fcntl(ends[0], F_GETFD) == FD_CLOEXEC)
        handover.held = [ends[0]]
        #expect(throws: Handover.Failure.descriptor(ends[0])) { try handover.takeDescriptors() }
        handover.held = [2]
        #expect(throws: Handover.Failure.descriptor(2)) { try handover.takeDescriptors() }
        handover.held = [1_000_000]
        #expect(throws: Handover.Failure.descriptor(1_000_000)) {
            try handover.takeDescriptors()
        }
    }

    @Test func aHandoverForAnotherPidIsNoneOfOurs() {
        for text in ["1:5", "\(getpid())", "\(getpid()):x", "\(getpid()):2", "", ":"] {
            setenv(Successor.variable, text, 1)
            #expect(Successor.inherited() == nil, "\(text)")
            #expect(getenv(Successor.variable) == nil)
        }
        setenv(Successor.variable, "\(getpid()):77", 1)
        #expect(Successor.inherited() == 77)
    }
}
