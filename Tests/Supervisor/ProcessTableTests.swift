import Testing

@testable import Supervisor

@Suite("The process table: rows, timers, heartbeats")
struct ProcessTableTests {
    private func at(_ milliseconds: UInt64) -> Moment { Moment(milliseconds: milliseconds) }

    private func row(
        in state: ChildStateMachine.State, heartbeat: Heartbeat? = nil, control: Bool = true
    ) -> ChildRow {
        var row = ChildRow(id: 1, role: .worker(slot: 0), generation: 1, dueAt: nil)
        row.machine = ChildStateMachine(state: state)
        row.process = ChildProcess(
            pid: 1, pidfd: -1, startedAt: at(0), incarnation: 7,
            control: control ? ControlLink(descriptor: -1) : nil, errors: nil,
            heartbeat: heartbeat ?? Heartbeat(firstPing: at(1_000)))
        return row
    }

    @Test func aWaitingRowIsDueOnce() {
        var row = ChildRow(id: 1, role: .accountant, generation: 0, dueAt: at(100))
        #expect(row.nextTimer(hungLimit: 50) == at(100))
        #expect(row.expired(at: at(99), hungLimit: 50) == [])
        #expect(row.expired(at: at(100), hungLimit: 50) == [.due])
        #expect(row.expired(at: at(101), hungLimit: 50) == [])
    }

    @Test func aChildThatOwesAnAnswerIsHungAfterTheLimit() {
        var heartbeat = Heartbeat(firstPing: at(0))
        _ = heartbeat.ping(at: at(0), interval: 100)
        let second = heartbeat.ping(at: at(100), interval: 100)
        var late = row(in: .ready, heartbeat: heartbeat)
        #expect(late.expired(at: at(499), hungLimit: 500) == [.pingDue])
        #expect(late.nextTimer(hungLimit: 500) == at(200))
        #expect(late.expired(at: at(500), hungLimit: 500) == [.hung])
        heartbeat.pong(second, openStreams: 3, at: at(400))
        #expect(heartbeat.openStreams == 3)
        var answered = row(in: .ready, heartbeat: heartbeat)
        #expect(answered.expired(at: at(500), hungLimit: 500) == [.pingDue])
    }

    @Test func anOldAnswerIsASignOfLifeButNotTheAnswer() {
        var heartbeat = Heartbeat(firstPing: at(0))
        let first = heartbeat.ping(at: at(0), interval: 100)
        let second = heartbeat.ping(at: at(100), interval: 100)
        heartbeat.pong(first, openStreams: 0, at: at(450))
        #expect(heartbeat.hungAt(limit: 500) == at(950))
        heartbeat.pong(second &+ 5, openStreams: 0, at: at(460))
        #expect(heartbeat.hungAt(limit: 500) == at(950))
        heartbeat.pong(second, openStreams: 0, at: at(470))
        #expect(heartbeat.hungAt(limit: 500) == nil)
    }

    @Test func aPauseOfThisProcessIsNotHeldAgainstTheChild() {
        var heartbeat = Heartbeat(firstPing: at(0))
        _ = heartbeat.ping(at: at(0), interval: 100)
        heartbeat.restartClock(at: at(60_000))
        #expect(heartbeat.hungAt(limit: 500) == at(60_500))
    }

    @Test func aClosedControlSocketIsLeftAMomentForTheExit() {
        for state in [ChildStateMachine.State.starting, .ready] {
            var lost = row(in: state, control: false)
            lost.process?.controlLostAt = at(100)
            #expect(lost.expired(at: at(1_099), hungLimit: 1) == [])
            #expect(lost.nextTimer(hungLimit: 1) == at(1_100))
            #expect(lost.expired(at: at(1_100), hungLimit: 1) == [.controlClosed])
        }
    }

    @Test func aDrainHasADeadline() {
        var draining = row(in: .draining)
        draining.drainDeadline = at(700)
        #expect(draining.nextTimer(hungLimit: 5_000) == at(700))
        #expect(draining.expired(at: at(700), hungLimit: 5_000) == [.drainDeadline])
    }

    /// Without this the loop would spin: it would wake for a timer that gives no event.
    @Test(arguments: ChildStateMachine.State.allCases)
    func aTimerThatIsOverGivesAnEvent(state: ChildStateMachine.State) {
        for control in [true, false] {
            var heartbeat = Heartbeat(firstPing: at(10))
            _ = heartbeat.ping(at: at(10), interval: 100)
            var row = row(in: state, heartbeat: heartbeat, control: control)
            row.dueAt = at(20)
            row.readyDeadline = at(30)
            row.healthyAt = at(40)
            row.drainDeadline = at(50)
            row.process?.controlLostAt = control ? nil : at(60)
            guard let next = row.nextTimer(hungLimit: 70) else { continue }
            #expect(!row.expired(at: next, hungLimit: 70).isEmpty, "\(state), \(control)")
        }
    }

    @Test func aChildThatCannotBeKilledWithholdsTheSignOfLife() {
        var killed = row(in: .stopping)
        killed.killedAt = at(1_000)
        #expect(killed.isAnswering(at: at(30_999)))
        #expect(!killed.isAnswering(at: at(31_000)))
    }

    @Test func rowsComeAndGo() {
        var table = ProcessTable()
        let accountant = table.add(.accountant, generation: 0, dueAt: nil)
        let first = table.add(.worker(slot: 0), generation: 1, dueAt: nil)
        let second = table.add(.worker(slot: 0), generation: 2, dueAt: nil)
        #expect(Set([accountant, first, second]).count == 3)
        #expect(table.workers(of: 1).map(\.id) == [first])
        #expect(table.workers.map(\.id) == [first, second])
        _ = table.update(first) { $0.machine.handle(.drain) }
        table.removeGone()
        #expect(table.row(first) == nil)
        #expect(table.update(first) { _ in 1 } == nil)
        #expect(table.add(.worker(slot: 1), generation: 2, dueAt: nil) > second)
    }

    @Test func serviceStatesOfAGeneration() {
        var table = ProcessTable()
        #expect(!table.isServing(1) && !table.isBroken(1) && !table.isSettled(1))
        let first = table.add(.worker(slot: 0), generation: 1, dueAt: nil)
        let second = table.add(.worker(slot: 1), generation: 1, dueAt: nil)
        func set(_ id: UInt64, _ state: ChildStateMachine.State) {
            _ = table.update(id) { $0.machine = ChildStateMachine(state: state) }
        }
        set(first, .ready)
        set(second, .starting)
        #expect(!table.isServing(1) && !table.isSettled(1))
        set(second, .broken)
        #expect(!table.isServing(1) && table.isSettled(1) && !table.isBroken(1))
        set(first, .broken)
        #expect(table.isBroken(1) && !table.isSettled(1))
        set(first, .ready)
        set(second, .ready)
        #expect(table.isServing(1) && table.isSettled(1))
    }
}
