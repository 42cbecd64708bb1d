import Testing

@testable import Supervisor

@Suite("The life of a child: every pair of state and event")
struct ChildStateMachineTests {
    typealias Machine = ChildStateMachine
    typealias Cell = (event: Machine.Event, next: Machine.State, actions: [Machine.Action])

    /// All cells that change something or ask for something. In every other cell the state stays and
    /// nothing is done.
    static let table: [Machine.State: [Cell]] = [
        .waiting: [
            (.due, .waiting, [.spawn]),
            (.spawned, .starting, [.armReadyDeadline]),
            (.lostRetry, .waiting, [.armRetry]),
            (.lostForGood, .broken, [.announceBroken]),
            (.drain, .gone, []),
        ],
        .starting: [
            (.ready, .ready, [.announceReady]),
            (.readyDeadline, .stopping, [.kill]),
            (.controlClosed, .stopping, [.kill]),
            (.lostRetry, .waiting, [.armRetry]),
            (.lostForGood, .broken, [.announceBroken]),
            (.drain, .draining, [.sendDrain]),
        ],
        .ready: [
            (.pingDue, .ready, [.sendPing]),
            (.pong, .ready, [.noteAlive]),
            (.healthy, .ready, [.forgive]),
            (.hung, .stopping, [.kill]),
            (.controlClosed, .stopping, [.kill]),
            (.lostRetry, .waiting, [.armRetry]),
            (.lostForGood, .broken, [.announceBroken]),
            (.drain, .draining, [.sendDrain]),
        ],
        .draining: [
            (.pingDue, .draining, [.sendPing]),
            (.pong, .draining, [.noteAlive]),
            (.drain, .draining, [.sendDrain]),
            (.hung, .ending, [.kill]),
            (.drainDeadline, .ending, [.kill]),
            (.lostRetry, .gone, []),
            (.lostForGood, .gone, []),
        ],
        .stopping: [
            (.lostRetry, .waiting, [.armRetry]),
            (.lostForGood, .broken, [.announceBroken]),
            (.drain, .ending, []),
        ],
        .ending: [
            (.lostRetry, .gone, []),
            (.lostForGood, .gone, []),
        ],
        .broken: [(.drain, .gone, [])],
        .gone: [],
    ]

    @Test(arguments: Machine.State.allCases)
    func everyCellIsAsTheTableSays(state: Machine.State) throws {
        let cells = try #require(Self.table[state])
        for event in Machine.Event.allCases {
            let cell = cells.first { $0.event == event }
            var machine = Machine(state: state)
            let actions = machine.handle(event)
            #expect(machine.state == cell?.next ?? state, "\(state) and \(event)")
            #expect(actions == cell?.actions ?? [], "\(state) and \(event)")
        }
    }

    @Test func aRowThatHasEndedStaysEnded() {
        for event in Machine.Event.allCases {
            var machine = Machine(state: .gone)
            let actions = machine.handle(event)
            #expect(actions == [])
            #expect(machine.state == .gone)
        }
    }

    @Test func everyStateIsReachedFromTheFirst() {
        var reached: Set<Machine.State> = [Machine().state]
        var size = 0
        while size != reached.count {
            size = reached.count
            for state in reached {
                for event in Machine.Event.allCases {
                    var machine = Machine(state: state)
                    _ = machine.handle(event)
                    reached.insert(machine.state)
                }
            }
        }
        #expect(reached == Set(Machine.State.allCases))
    }

    @Test func drainEndsEveryRowWhateverFollows() {
        for state in Machine.State.allCases {
            var machine = Machine(state: state)
            _ = machine.handle(.drain)
            _ = machine.handle(.drainDeadline)
            _ = machine.handle(.lostRetry)
            #expect(machine.state == .gone, "from \(state)")
        }
    }
}
