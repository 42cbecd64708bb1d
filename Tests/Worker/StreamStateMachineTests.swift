import IPC
import Testing

@testable import Worker

@Suite("A stream is settled exactly once, whatever happens in whatever order")
struct StreamStateMachineTests {
    typealias Machine = StreamStateMachine

    /// Every event that can happen, with every argument that makes a difference.
    static let events: [Machine.Event] = [
        .admission(.queued), .admission(.refused), .admission(.cut), .connected(reused: true),
        .connected(reused: false), .connectFailed(.connectFailed), .head(status: 200),
        .head(status: 429), .terminal(isError: false), .terminal(isError: true),
        .answerEnded(nil), .answerEnded(.noTerminalEvent), .providerLost(.providerClosed),
        .providerLost(.truncated), .timedOut, .delivered, .clientGone(hasAll: false),
        .clientGone(hasAll: true), .drainDeadline,
    ]

    @Test("No order of five events settles twice, and every admitted stream can still be settled")
    func everyOrder() {
        var orders = 0
        func explore(_ machine: Machine, settlements: Int, refused: Bool, depth: Int) {
            if machine.isDone {
                orders += 1
                #expect(settlements == (refused ? 0 : 1))
                for event in Self.events {
                    var copy = machine
                    #expect(copy.handle(event) == Machine.Step())
                }
                return
            }
            // The client's leaving always ends it, once the record is queued.
            var left = machine
            let last = [left.handle(.clientGone(hasAll: false)), left.handle(.admission(.queued))]
            #expect(left.isDone)
            #expect(settlements + last.filter { $0.settlement != nil }.count == 1)
            guard depth > 0 else { return }
            for event in Self.events {
                var next = machine
                let step = next.handle(event)
                let isRefusal = next.isDone && event == .admission(.refused)
                explore(
                    next, settlements: settlements + (step.settlement == nil ? 0 : 1),
                    refused: refused || isRefusal, depth: depth - 1)
            }
        }
        explore(Machine(), settlements: 0, refused: false, depth: 4)
        #expect(orders > 100)
    }

    private func machine(_ events: Machine.Event...) -> Machine {
        var machine = Machine()
        for event in events { _ = machine.handle(event) }
        return machine
    }

    @Test("Nothing is dialled before the record is queued")
    func dialsAfterAdmission() {
        var machine = Machine()
        #expect(machine.handle(.admission(.queued)).provider == .dial(fresh: false))
        var refused = Machine()
        let step = refused.handle(.admission(.refused))
        #expect(step == Machine.Step(client: .refuse(.overloaded)))
        var cut = Machine()
        #expect(cut.handle(.admission(.cut)).settlement?.outcome == .rejected)
    }

    @Test("A kept-alive connection that was dead gets one retry on a fresh one, and no second")
    func oneRetry() {
        var machine = machine(.admission(.queued), .connected(reused: true))
        #expect(machine.handle(.providerLost(.providerClosed)).provider == .dial(fresh: true))
        _ = machine.handle(.connected(reused: true))
        #expect(
            machine.handle(.providerLost(.providerClosed)).settlement?.outcome == .providerFailed)
        var fresh = self.machine(.admission(.queued), .connected(reused: false))
        #expect(fresh.handle(.providerLost(.providerClosed)).settlement != nil)
        var begun = self.machine(.admission(.queued), .connected(reused: true))
        #expect(begun.handle(.providerLost(.badHead)).settlement != nil)
    }

    @Test(
        "A client that leaves before the end aborts the provider and is settled as gone",
        arguments: [
            [.admission(.queued)], [.admission(.queued), .connected(reused: false)],
            [.admission(.queued), .connected(reused: false), .head(status: 200)],
        ] as [[Machine.Event]])
    func clientGone(_ events: [Machine.Event]) {
        var machine = Machine()
        for event in events { _ = machine.handle(event) }
        let step = machine.handle(.clientGone(hasAll: false))
        #expect(step.provider == .close)
        #expect(step.settlement?.outcome == .clientGone)
        #expect(step.client == .nothing)
    }

    @Test("A client that leaves before the record is queued is settled behind it, or not at all")
    func goneBeforeAdmission() {
        for (answer, outcome) in [
            (UsageSender.Admission.queued, Outcome.clientGone), (.cut, .clientGone),
            (.refused, nil),
        ] {
            var machine = Machine()
            #expect(machine.handle(.clientGone(hasAll: false)) == Machine.Step())
            let step = machine.handle(.admission(answer))
            #expect(step.settlement?.outcome == outcome)
            #expect(step.provider == .nothing)
            #expect(machine.isDone)
        }
    }

    @Test("The terminal event settles once it is written, not the connection's end")
    func terminalSettles() {
        var machine = machine(
            .admission(.queued), .connected(reused: false), .head(status: 200),
            .terminal(isError: false))
        #expect(machine.handle(.delivered).settlement?.outcome == .completed)
        #expect(!machine.isDone)
        #expect(machine.handle(.timedOut) == Machine.Step(provider: .close, client: .endBody))
        #expect(machine.isDone)
    }

    @Test("A client that leaves without having acknowledged the terminal event did not get it")
    func goneBeforeDelivery() {
        var machine = machine(
            .admission(.queued), .connected(reused: false), .head(status: 200),
            .terminal(isError: false))
        #expect(machine.handle(.clientGone(hasAll: false)).settlement?.outcome == .clientGone)
        var failed = self.machine(
            .admission(.queued), .connected(reused: false), .head(status: 200),
            .providerLost(.truncated))
        #expect(failed.handle(.clientGone(hasAll: false)).settlement?.outcome == .providerFailed)
    }

    @Test("A client that leaves when it has acknowledged the terminal event has the whole answer")
    func goneAfterAll() {
        var machine = machine(
            .admission(.queued), .connected(reused: false), .head(status: 200),
            .terminal(isError: false))
        let step = machine.handle(.clientGone(hasAll: true))
        #expect(step.settlement?.outcome == .completed)
        #expect(step.provider == .close)
        #expect(machine.isDone)
    }

    @Test("Where an abort does not stop the charge, the answer is read on for its usage")
    func readsOn() {
        let sent: [[Machine.Event]] = [
            [.admission(.queued), .connected(reused: false)],
            [.admission(.queued), .connected(reused: true), .head(status: 200)],
        ]
        for events in sent {
            var machine = Machine(readsOn: true)
            for event in events { _ = machine.handle(event) }
            let step = machine.handle(.clientGone(hasAll: false))
            #expect(step.provider == .readOn)
            #expect(step.settlement?.outcome == .clientGone)
            #expect(machine.isDone)
            #expect(machine.handle(.providerLost(.providerClosed)) == Machine.Step())
        }
        var dialling = Machine(readsOn: true)
        _ = dialling.handle(.admission(.queued))
        #expect(dialling.handle(.clientGone(hasAll: false)).provider == .close)
    }

    @Test("Each way to end in mid-stream has its outcome")
    func midStream() {
        let relaying = machine(
            .admission(.queued), .connected(reused: false), .head(status: 200))
        let cases: [(Machine.Event, Outcome, RelayFailure)] = [
            (.providerLost(.truncated), .providerFailed, .truncated),
            (.timedOut, .providerTimeout, .silent), (.drainDeadline, .drained, .drained),
        ]
        for (event, outcome, failure) in cases {
            var machine = relaying
            let step = machine.handle(event)
            #expect(step == Machine.Step(provider: .close, client: .breakOff(failure)))
            #expect(machine.handle(.delivered).settlement?.outcome == outcome)
            #expect(machine.isDone)
        }
    }

    @Test("A provider's error answer is relayed and is the outcome")
    func providerError() {
        var machine = machine(.admission(.queued), .connected(reused: false), .head(status: 529))
        #expect(machine.handle(.answerEnded(nil)).provider == .release)
        let verdict = machine.handle(.delivered).settlement
        #expect(verdict?.outcome == .providerError)
        #expect(verdict?.status == 529)
    }
}
