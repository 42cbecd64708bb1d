import Testing

@testable import Supervisor

@Suite("A reload: every pair of state and event")
struct ReloadStateMachineTests {
    typealias Machine = ReloadStateMachine
    typealias Cell = (event: Machine.Event, next: Machine.State, actions: [Machine.Action])

    /// All cells that do something; every other one changes nothing. `requested` while a reload runs
    /// queues one more.
    static let table: [Machine.State: [Cell]] = [
        .idle: [(.requested, .sealing, [.startSealer, .armDeadline])],
        .sealing: [
            (.sealed, .waiting, [.armDeadline]),
            (.sealedForSuccessor, .checking, [.startCheck, .armDeadline]),
            (.sealRefused, .idle, [.discardCandidate, .reportRefused(.seal)]),
            (.deadline, .idle, [.killSealer, .discardCandidate, .reportRefused(.sealTime)]),
            (.stop, .idle, [.killSealer, .discardCandidate]),
        ],
        .checking: [
            (.checked, .resting, [.armDeadline]),
            (.checkRefused, .idle, [.discardCandidate, .reportRefused(.check)]),
            (.deadline, .idle, [.killSealer, .discardCandidate, .reportRefused(.checkTime)]),
            (.stop, .idle, [.killSealer, .discardCandidate]),
        ],
        .resting: [
            (.replaceFailed, .idle, [.discardCandidate, .reportRefused(.replace)]),
            (.deadline, .idle, [.discardCandidate, .reportRefused(.unrest)]),
            (.stop, .idle, [.discardCandidate]),
        ],
        .renewing: [
            (.accountantReady, .replacing, [.startGeneration]),
            (
                .refused, .idle,
                [.reinstateAccountant, .discardCandidate, .reportRefused(.accountantRenewal)]
            ),
            (
                .deadline, .idle,
                [.reinstateAccountant, .discardCandidate, .reportRefused(.accountantRenewal)]
            ),
            (.stop, .idle, [.reinstateAccountant, .discardCandidate]),
        ],
        .waiting: [
            (.accountantOutdated, .renewing, [.renewAccountant, .armDeadline]),
            (.accountantReady, .configuring, [.sendConfigure, .armDeadline]),
            (.deadline, .idle, [.discardCandidate, .reportRefused(.accountantAway)]),
            (.stop, .idle, [.discardCandidate]),
        ],
        .configuring: [
            (.accepted, .replacing, [.startGeneration]),
            (.refused, .idle, [.discardCandidate, .reportRefused(.accountantRefused)]),
            (.accountantLost, .idle, [.discardCandidate, .reportRefused(.accountantLost)]),
            (
                .deadline, .idle,
                [.discardCandidate, .replaceAccountant, .reportRefused(.accountantTime)]
            ),
            (.stop, .idle, [.discardCandidate]),
        ],
        .replacing: [
            (.generationReady, .idle, [.retireOldGenerations, .reportDone]),
            (.generationFailed, .idle, [.abandonGeneration, .reportRefused(.workers)]),
            (.stop, .idle, []),
        ],
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
            #expect(machine.isQueued == (event == .requested && state != .idle))
        }
    }

    @Test(arguments: Machine.State.allCases)
    func aQueuedReloadStartsWhenTheOneBeforeEnds(state: Machine.State) throws {
        for cell in try #require(Self.table[state]) where cell.next == .idle {
            var machine = Machine(state: state, isQueued: true)
            let actions = machine.handle(cell.event)
            if cell.event == .stop {
                #expect(machine.state == .idle)
                #expect(actions == cell.actions)
            } else {
                #expect(machine.state == .sealing, "\(state) and \(cell.event)")
                #expect(actions == cell.actions + [.startSealer, .armDeadline])
            }
            #expect(!machine.isQueued)
        }
    }

    @Test func manyRequestsDuringOneReloadMakeOneMore() {
        var machine = Machine()
        _ = machine.handle(.requested)
        for _ in 0..<10 {
            let actions = machine.handle(.requested)
            #expect(actions == [])
        }
        _ = machine.handle(.sealRefused)
        #expect(machine.state == .sealing)
        _ = machine.handle(.sealRefused)
        #expect(machine.state == .idle)
    }
}
